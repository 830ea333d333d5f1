//! One request: head, decision, and what the decision does to the request and its response.

use std::cell::OnceCell;
use std::sync::Arc;

use imagehub_policy::{
    Allow, Answerer, Decision, Refusal, RequestHead, identity_headers, levels_json,
};

use crate::abi::{Envoy, HeaderMap};
use crate::client::{Client, is_identity};
use crate::rules::Rules;
use crate::trap;

/// What becomes of the request Envoy asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It goes on.
    Continue,
    /// It was answered.
    Stop,
}

/// A request and its response. Envoy may come back to it while it is being answered, so nothing here is
/// borrowed for long.
pub struct Exchange {
    rules: Arc<Rules>,
    /// Set when the request was let through.
    passed: OnceCell<Allow>,
}

impl Exchange {
    /// A request that has just arrived.
    pub fn new(rules: Arc<Rules>) -> Self {
        Self {
            rules,
            passed: OnceCell::new(),
        }
    }

    /// Decides on the request and carries that out.
    pub fn request(&self, envoy: &mut Envoy) -> Action {
        if self.rules.traps {
            trap::if_asked(envoy);
        }
        let (decision, claimed) = self.judge(envoy);
        match decision {
            Decision::Allow(allow) => {
                for name in claimed {
                    envoy.remove_header(HeaderMap::Request, &name);
                }
                for header in self.rules.policy.identity_headers() {
                    let identity = allow.identity.as_ref();
                    if let Some(value) = identity.and_then(|identity| header.value(identity)) {
                        envoy.set_header(HeaderMap::Request, header.name(), value);
                    }
                }
                // Envoy shows a request's head once.
                let _ = self.passed.set(allow);
                Action::Continue
            }
            Decision::Tell(levels) => {
                let headers = [
                    (identity_headers::FILTER, self.rules.version.as_str()),
                    ("content-type", "application/json"),
                    ("cache-control", "no-store"),
                ];
                envoy.answer(
                    200,
                    "imagehub_explained",
                    &headers,
                    &levels_json(levels.as_ref()),
                );
                Action::Stop
            }
            Decision::Refuse(refusal) | Decision::AwaitKeys(refusal) => {
                refuse(envoy, &refusal, &self.rules.version);
                Action::Stop
            }
        }
    }

    /// What is to become of the request, and the headers it must not go on with.
    fn judge(&self, envoy: &Envoy) -> (Decision, Vec<Vec<u8>>) {
        let headers = envoy.headers(HeaderMap::Request);
        let pseudo = |wanted: &[u8]| {
            headers
                .iter()
                .find(|(name, _)| *name == wanted)
                .map_or(b"".as_slice(), |(_, value)| *value)
        };
        let head = RequestHead::from_headers(
            pseudo(b":method"),
            pseudo(b":path"),
            headers.iter().copied(),
        );
        let client = Client {
            trusted: self.rules.policy.client_address(),
            envoy,
            headers: &headers,
        };
        let decision = self.rules.decide(&head, &|| client.address());
        (decision, client.claimed())
    }

    /// Completes the response to a request that was let through.
    pub fn response(&self, envoy: &mut Envoy) {
        let Some(allow) = self.passed.get() else {
            return;
        };
        let version = match allow.would_refuse {
            None => &self.rules.version,
            Some(code) => &format!("{};would-refuse={code}", self.rules.version),
        };
        envoy.set_header(HeaderMap::Response, identity_headers::FILTER, version);
        if let Some(limits) = allow.limits {
            let policy = limits.rate_limit_policy();
            envoy.set_header(HeaderMap::Response, "ratelimit-policy", &policy);
            envoy.set_header(HeaderMap::Response, "ratelimit", &limits.rate_limit());
        }
    }
}

/// Removes the identity headers from a request's trailers.
pub fn strip_trailers(envoy: &mut Envoy) {
    let trailers = envoy.headers(HeaderMap::RequestTrailers);
    let claimed: Vec<Vec<u8>> = trailers
        .iter()
        .filter(|(name, _)| is_identity(name))
        .map(|(name, _)| name.to_vec())
        .collect();
    for name in claimed {
        envoy.remove_header(HeaderMap::RequestTrailers, &name);
    }
}

fn refuse(envoy: &mut Envoy, refusal: &Refusal, version: &str) {
    let mut headers = vec![(identity_headers::FILTER, version)];
    headers.extend(
        refusal
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str())),
    );
    let details = format!("imagehub_{}", refusal.code);
    let body = refusal.body(Answerer::Module(version));
    envoy.answer(refusal.status, &details, &headers, &body);
}

/// Answers a request that could not be decided on.
pub fn not_judged(envoy: &mut Envoy) {
    envoy.answer(503, "imagehub_not_judged", &[("retry-after", "1")], "");
}
