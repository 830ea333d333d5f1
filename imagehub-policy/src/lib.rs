//! Image Hub's rules, and nothing else: who a request comes from, what it may do, how often.
//!
//! Pure: no I/O, no clock, no proxy and no web framework. The WebAssembly filter and the application
//! both stand on it, so that a token, a path or a limit means the same on either side.
//!
//! [`decide()`] is the heart: policy, request head, time, keys and counters go in, a [`Decision`] comes out.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod address;
mod answerer;
mod answers;
mod charge;
mod credential;
mod decide;
mod diff;
mod explain;
mod gcra;
mod head;
mod identity;
pub mod identity_headers;
mod json;
mod jws;
mod keys;
mod limit;
mod memory;
mod operator;
mod page;
mod path;
mod peer;
mod policy;
mod problem;
mod refusal;
mod report;
mod route;
mod ruling;
mod set;
mod store;
mod table;
mod template;
mod time;
mod token;
mod verdict;
mod verified;

#[cfg(any(test, feature = "test-support"))]
pub mod cases;
#[cfg(any(test, feature = "test-support"))]
pub mod test_support;

pub use address::{AddressKey, parse_client};
pub use answerer::Answerer;
pub use charge::{BucketKey, Charge, ChargeOutcome, Counters};
pub use credential::{Credential, CredentialError, SESSION_COOKIE, Via, find_credential};
pub use decide::{Allow, Decision, Identity, Judgement, decide};
pub use diff::{Difference, Effect, differences};
pub use explain::{Asker, BucketLevel, Explanation, SpentBucket, explain};
pub use head::RequestHead;
pub use identity::{LimitClass, NameError, Plan, Role, TenantId, Username};
pub use identity_headers::IdentityHeader;
pub use jws::{assemble, signing_input};
pub use keys::{JwksError, Keys, MAX_JWKS_BYTES};
pub use limit::{AnonymousLimit, Limit, PlanLimit};
pub use memory::MemoryCounters;
pub use operator::{EXPLAIN_PATH, OPERATOR_AUDIENCE, OPERATOR_SECONDS, Question};
pub use peer::PeerPattern;
pub use policy::{ClientAddress, KeySource, PlanEntry, Policy, PolicyError};
pub use problem::{Code, Problem};
pub use refusal::{Refusal, login_location};
pub use report::{BucketReport, LimitReport, levels_json};
pub use route::{Access, Enforce, Method, Methods, Route};
pub use store::{Cas, CasResult, SET_BYTES, SET_ENTRIES, SetStore, StoreError};
pub use table::{LimitTable, TableCounters};
pub use time::Timestamp;
pub use token::{Claims, Grant, LEEWAY_SECONDS, MAX_TOKEN_BYTES, TokenError, TokenKind, verify};
pub use verdict::Verdict;
pub use verified::{Lookups, VerifiedTokens};
