//! Decisions and what they are to be: plain data, for tests on either side of the WebAssembly boundary.
//!
//! Every case starts from full buckets, at [`NOW`], under the shipped policy ([`POLICY`]), with [`CLIENT`] as the
//! client's address.

mod access;
mod heads;
mod limits;
mod operator;
mod tokens;

use crate::test_support::{KID, NOW, claims, sign_raw, token};
use serde_json::{Value, json};

/// The policy as shipped.
pub const POLICY: &[u8] = include_bytes!("../../consul/policy.json");
/// The client's address.
pub const CLIENT: &str = "192.0.2.7";

/// A request's head. Header names are lower-case; pseudo-headers are not among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// Path and query, as bytes: they may be no text.
    pub path: Vec<u8>,
    /// Names and values, in order; a name may come twice.
    pub headers: Vec<(&'static str, Vec<u8>)>,
}

/// What is to come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// It goes on.
    Allowed {
        /// The identity headers it goes on with; no others of their family.
        identity: Vec<(&'static str, &'static str)>,
        /// The `RateLimit` header of its response, if the route is limited.
        rate_limit: Option<&'static str>,
    },
    /// It is a question, and the JSON that answers it contains these texts.
    Explained(Vec<&'static str>),
    /// It is answered.
    Refused {
        /// With this status.
        status: u16,
        /// With this code in a JSON body; a page's body element names it in `data-code`.
        code: &'static str,
        /// With these headers, whose values contain these texts.
        headers: Vec<(&'static str, &'static str)>,
        /// But only after waiting for fresh keys in vain.
        awaits_keys: bool,
    },
}

/// A request and what is to come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What it shows.
    pub name: &'static str,
    /// Whether the test key's set has arrived.
    pub keys_listed: bool,
    /// Requests that were made before, so many times each.
    pub before: Vec<(u32, Request)>,
    /// The request.
    pub request: Request,
    /// What is to come of it.
    pub expected: Expected,
    /// Where a link of the page that refuses it leads.
    pub link: Option<&'static str>,
}

impl Request {
    fn new(method: &'static str, path: impl Into<Vec<u8>>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn bearer(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }

    fn browser(self) -> Self {
        self.with(
            "accept",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        )
    }
}

impl Case {
    fn new(name: &'static str, request: Request, expected: Expected) -> Self {
        Self {
            name,
            keys_listed: true,
            before: Vec::new(),
            request,
            expected,
            link: None,
        }
    }

    const fn linking_to(mut self, link: &'static str) -> Self {
        self.link = Some(link);
        self
    }

    fn after(mut self, times: u32, request: &Request) -> Self {
        self.before.push((times, request.clone()));
        self
    }

    const fn without_keys(mut self) -> Self {
        self.keys_listed = false;
        self
    }
}

fn allowed(
    identity: Vec<(&'static str, &'static str)>,
    rate_limit: Option<&'static str>,
) -> Expected {
    Expected::Allowed {
        identity,
        rate_limit,
    }
}

fn refused(
    status: u16,
    code: &'static str,
    headers: Vec<(&'static str, &'static str)>,
) -> Expected {
    Expected::Refused {
        status,
        code,
        headers,
        awaits_keys: false,
    }
}

const fn explained(texts: Vec<&'static str>) -> Expected {
    Expected::Explained(texts)
}

fn unauthenticated() -> Expected {
    refused(
        401,
        "unauthenticated",
        vec![
            ("www-authenticate", "Bearer"),
            ("content-type", "application/problem+json"),
        ],
    )
}

fn forbidden() -> Expected {
    refused(
        403,
        "forbidden",
        vec![("content-type", "application/problem+json")],
    )
}

fn malformed() -> Expected {
    refused(
        400,
        "malformed",
        vec![("content-type", "application/problem+json")],
    )
}

/// A session of a user with tenants as (name, role, plan).
pub fn session(user: &str, tenants: &[(&str, &str, &str)]) -> String {
    token(&claims(user, tenants))
}

fn alice() -> String {
    session(
        "alice",
        &[("alice", "owner", "personal"), ("acme", "viewer", "team")],
    )
}

fn pull(tenant: &str, token: &str) -> Request {
    Request::new("GET", format!("/t/{tenant}/images/x1/pull")).bearer(token)
}

const ALICE_AT_HOME: [(&str, &str); 2] =
    [("x-imagehub-user", "alice"), ("x-imagehub-tenant", "alice")];

/// Every case there is.
pub fn cases() -> Vec<Case> {
    [
        access::public(),
        access::credentials(),
        tokens::tokens(),
        access::tenancy(),
        heads::heads(),
        heads::upgrades(),
        tokens::bad_tokens(),
        limits::limits(),
        access::keys(),
        operator::questions(),
    ]
    .concat()
}
