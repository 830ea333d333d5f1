//! What an operator may ask the filter itself: how full the buckets are that a request would spend from.
//!
//! The question stands in the token, so that it is signed with the application's key, and so that no log of paths has
//! it. The answer is small, because all the rest follows from the policy.

use crate::address::{AddressKey, parse_client};
use crate::charge::{Charge, Counters};
use crate::identity::{Plan, TenantId, Username};
use crate::json;
use crate::jws::Parsed;
use crate::path::Path;
use crate::policy::Policy;
use crate::report::LimitReport;
use crate::route::{Method, RouteLimits};
use crate::time::Timestamp;
use crate::token::{LEEWAY_SECONDS, TokenError, has_begun};
use serde::Serialize;
use serde_json::Value;
use std::net::IpAddr;

/// The path that the filter answers itself, to an operator's token and to nothing else.
pub const EXPLAIN_PATH: &str = "/hub/explain";
/// For whom an operator's token is meant.
pub const OPERATOR_AUDIENCE: &str = "imagehub-operator";
/// The longest that an operator's token may live, in seconds.
pub const OPERATOR_SECONDS: u64 = 60;

/// Which request is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    /// Its method.
    pub method: String,
    /// Its path, perhaps with a query.
    pub path: String,
    /// The address it comes from, as text; `None` for the one that asks.
    pub address: Option<String>,
    /// Who sends it; `None` for somebody without a token.
    pub user: Option<Username>,
    /// The plan of the tenant in the path.
    pub plan: Option<Plan>,
}

/// The question of an operator's token, if the token is to be trusted.
pub(crate) fn open(
    token: &Parsed<'_, '_>,
    issuer: &str,
    now: Timestamp,
) -> Result<Question, TokenError> {
    let claims = json::parse(token.payload()?).map_err(|_| TokenError::Claims)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| {
        let time = claims.get(name).and_then(Value::as_u64);
        time.ok_or(TokenError::Claims)
    };
    // Sessions are signed with the same key.
    if text("aud") != Some(OPERATOR_AUDIENCE) {
        return Err(TokenError::Audience);
    }
    if text("iss") != Some(issuer) {
        return Err(TokenError::Issuer);
    }
    let (issued, expires) = (time("iat")?, time("exp")?);
    if !has_begun(issued, now) {
        return Err(TokenError::NotYetValid);
    }
    let lives = expires.saturating_sub(issued);
    if lives > OPERATOR_SECONDS || now.secs() >= expires.saturating_add(LEEWAY_SECONDS) {
        return Err(TokenError::Expired);
    }
    let question = claims.get("question").and_then(Question::from_value);
    question.ok_or(TokenError::Claims)
}

impl Question {
    /// From what `serde` writes. It is read by hand: what `serde` derives for reading takes much of a small module.
    fn from_value(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name)?.as_str();
        let user = text("user").map(Username::parse).transpose().ok()?;
        let plan = text("plan").map(Plan::parse).transpose().ok()?;
        Some(Self {
            method: text("method")?.to_owned(),
            path: text("path")?.to_owned(),
            address: text("address").map(str::to_owned),
            user,
            plan,
        })
    }

    /// How full the buckets are that such a request would spend from; `None` if there are none, or the counters cannot
    /// tell. The error is what makes the path unreadable.
    pub(crate) fn look(
        &self,
        policy: &Policy,
        client: &dyn Fn() -> Option<IpAddr>,
        counters: &mut dyn Counters,
        now: Timestamp,
    ) -> Result<Option<LimitReport>, &'static str> {
        let path = Path::parse(self.path.as_bytes()).map_err(|malformed| malformed.0)?;
        let rule = policy.find(Method::parse(self.method.as_bytes()), &path);
        let tenant = rule.path.tenant(&path).map(TenantId::parse);
        let charge = match (&rule.limit, &rule.limits, &self.user, &self.plan, &tenant) {
            (Some(class), RouteLimits::Anonymous(limit), ..) => {
                let address = match &self.address {
                    Some(address) => parse_client(address.as_bytes()),
                    None => client(),
                };
                let address = AddressKey::of(address);
                Charge::anonymous(address, class, *limit, path.without_query())
            }
            (Some(class), RouteLimits::Plans(_), Some(user), Some(plan), Some(Ok(tenant))) => {
                let Some(limit) = policy.plan_limit(rule, plan) else {
                    return Ok(None);
                };
                Charge::Member {
                    tenant,
                    user,
                    class,
                    limit,
                }
            }
            _ => return Ok(None),
        };
        Ok(counters.look(&charge, now))
    }
}
