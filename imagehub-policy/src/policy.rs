//! The policy: a strict JSON document, read once and then only looked up.

mod document;

use crate::identity::{LimitClass, Plan};
use crate::identity_headers::IdentityHeader;
use crate::keys::Keys;
use crate::limit::{AnonymousLimit, Limit, PlanLimit};
use crate::path::Path;
use crate::peer::PeerPattern;
use crate::route::{Method, Route, RouteLimits};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write;
use thiserror::Error;

/// Why a document is no policy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{path}: {message}")]
pub struct PolicyError {
    /// Where in the document, such as `routes[3].limit`; `.` is all of it.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

/// Where the keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// They stand in the policy.
    Inline(Keys),
    /// They are fetched.
    Cluster {
        /// From which Envoy cluster.
        cluster: String,
        /// Under which path.
        path: String,
        /// How often, in seconds.
        refresh_seconds: u32,
    },
}

/// Who is trusted about a client's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAddress {
    /// The header that tells it, in lower case.
    pub header: String,
    /// The peer it is trusted from.
    pub trusted_peer: PeerPattern,
}

/// One plan: its name, and its limits by class, both in the document's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanEntry {
    /// The plan's name.
    pub name: Plan,
    /// How many bytes a tenant may keep; `None` for as many as there is room for.
    pub storage_bytes: Option<u64>,
    /// Its limits.
    pub classes: Vec<(LimitClass, PlanLimit)>,
}

impl PlanEntry {
    /// The limit of a class.
    pub fn limit(&self, class: &str) -> Option<PlanLimit> {
        self.classes
            .iter()
            .find(|(name, _)| name.as_str() == class)
            .map(|(_, limit)| *limit)
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped {
    policy: String,
}

/// A checked policy.
#[derive(Debug, Clone)]
pub struct Policy {
    hash: String,
    issuer: String,
    audience: String,
    keys: KeySource,
    client_address: Option<ClientAddress>,
    identity_headers: Vec<IdentityHeader>,
    limit_slots: u32,
    plans: Vec<PlanEntry>,
    anonymous: Vec<(LimitClass, AnonymousLimit)>,
    bad_token: Option<Limit>,
    routes: Vec<Route>,
    default: Route,
    /// For each first segment that some template spells out: the routes that may match, in order.
    by_first_segment: HashMap<Box<str>, Vec<usize>>,
    /// The routes that may match any other path.
    by_any_segment: Vec<usize>,
}

impl Policy {
    /// Reads and checks a policy. An error names the place in the document.
    ///
    /// It may come as the text of an object's only member, `policy`: some control planes take an object for a filter's
    /// configuration, and hand its members on in another order, which means something here.
    pub fn parse(document: &[u8]) -> Result<Self, PolicyError> {
        let wrapped = serde_json::from_slice::<Wrapped>(document);
        let document = wrapped
            .as_ref()
            .map_or(document, |wrapped| wrapped.policy.as_bytes());
        let mut policy = document::read(document)?;
        for byte in Sha256::digest(document).iter().take(6) {
            // Writing to a String cannot fail.
            let _ = write!(policy.hash, "{byte:02x}");
        }
        Ok(policy)
    }

    fn index(&mut self) {
        let firsts = self
            .routes
            .iter()
            .filter_map(|route| route.path.first_literal())
            .map(Box::from)
            .collect::<Vec<_>>();
        self.by_first_segment = firsts
            .into_iter()
            .map(|first| (first, Vec::new()))
            .collect();
        self.default.index = self.routes.len();
        for (index, route) in self.routes.iter_mut().enumerate() {
            route.index = index;
            if let Some(first) = route.path.first_literal() {
                if let Some(routes) = self.by_first_segment.get_mut(first) {
                    routes.push(index);
                }
            } else {
                self.by_any_segment.push(index);
                self.by_first_segment
                    .values_mut()
                    .for_each(|routes| routes.push(index));
            }
        }
    }

    /// The first 12 hexadecimal digits of the SHA-256 of the document as it was given.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whose tokens are trusted.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// For whom they must be meant.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// Where the keys come from.
    pub const fn key_source(&self) -> &KeySource {
        &self.keys
    }

    /// Who is trusted about a client's address; if nobody, the connection's peer is the client.
    pub const fn client_address(&self) -> Option<&ClientAddress> {
        self.client_address.as_ref()
    }

    /// The headers that tell what stands behind the filter who is asking.
    pub fn identity_headers(&self) -> &[IdentityHeader] {
        &self.identity_headers
    }

    /// How many tokens of one client address may have a signature that does not hold; `None` for as many as it likes.
    pub const fn bad_token(&self) -> Option<Limit> {
        self.bad_token
    }

    /// For how many keys the limits' table is made, half of which may be live: a table's size, not a limit. Another size starts
    /// afresh.
    pub const fn limit_slots(&self) -> u32 {
        self.limit_slots
    }

    /// The plans, in the document's order.
    pub fn plans(&self) -> &[PlanEntry] {
        &self.plans
    }

    /// A plan by its name.
    pub fn plan(&self, name: &str) -> Option<&PlanEntry> {
        self.plans.iter().find(|plan| plan.name.as_str() == name)
    }

    /// How many bytes a tenant on that plan may keep; `None` for as many as there is room for. A plan the policy does
    /// not know counts as the first one.
    pub fn storage_bytes(&self, plan: &Plan) -> Option<u64> {
        let known = self.plans.iter().find(|entry| entry.name == *plan);
        known.or(self.plans.first())?.storage_bytes
    }

    /// The limits of a class for clients without an account.
    pub fn anonymous(&self, class: &str) -> Option<AnonymousLimit> {
        self.anonymous
            .iter()
            .find(|(name, _)| name.as_str() == class)
            .map(|(_, limit)| *limit)
    }

    /// The routes, in the document's order. The first that matches decides.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The rule for whatever no route matches.
    pub const fn default_route(&self) -> &Route {
        &self.default
    }

    /// A route by its [index](Route::index), the default included.
    pub fn rule(&self, index: usize) -> Option<&Route> {
        let rules = self.routes.iter().chain([&self.default]);
        rules.into_iter().nth(index)
    }

    /// The rule for a request; `None` if its path cannot be read in one way only.
    pub fn route(&self, method: &[u8], path: &[u8]) -> Option<&Route> {
        Some(self.find(Method::parse(method), &Path::parse(path).ok()?))
    }

    pub(crate) fn find(&self, method: Method, path: &Path<'_>) -> &Route {
        let candidates = path
            .segment(0)
            .and_then(|first| self.by_first_segment.get(first))
            .unwrap_or(&self.by_any_segment);
        candidates
            .iter()
            .filter_map(|index| self.routes.get(*index))
            .find(|route| route.methods.contains(method) && route.path.matches(path))
            .unwrap_or(&self.default)
    }

    /// The limit of a route under a plan. A plan the policy does not know counts as the first one.
    pub(crate) fn plan_limit(&self, route: &Route, plan: &Plan) -> Option<PlanLimit> {
        let RouteLimits::Plans(limits) = &route.limits else {
            return None;
        };
        let index = self
            .plans
            .iter()
            .position(|entry| entry.name == *plan)
            .unwrap_or(0);
        limits.get(index).copied()
    }
}
