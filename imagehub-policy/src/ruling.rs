//! What a rule makes of a request, by the policy alone: no token is read and nothing is counted.

use crate::identity::{LimitClass, Plan, Role};
use crate::limit::Limit;
use crate::path::Path;
use crate::policy::Policy;
use crate::problem::Code;
use crate::route::{Access, Enforce, Route, RouteLimits};

/// Who asks, as a token would say.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Caller<'a> {
    /// Nobody that is known.
    Anonymous,
    /// A user, and where the user belongs.
    User(Option<Standing<'a>>),
}

/// A user's membership in one tenant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'a> {
    pub tenant: &'a str,
    pub role: Role,
    pub plan: &'a Plan,
}

/// What becomes of the request, as long as no limit is spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ruling<'p> {
    Refused(Code),
    Passes(Vec<Bucket<'p>>),
}

/// One bucket that a request spends from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Bucket<'p> {
    /// As in `RateLimit`: `user`, `tenant`, `address` or `link`.
    pub name: &'static str,
    pub class: &'p LimitClass,
    pub limit: Limit,
    /// Whether the request is refused when the bucket has no room.
    pub enforced: bool,
}

/// The ruling of `route`, which is the one that matches `path`.
pub(crate) fn ruling<'p>(
    policy: &'p Policy,
    route: &'p Route,
    path: &Path<'_>,
    upgrade: Option<&str>,
    caller: Caller<'_>,
) -> Ruling<'p> {
    if upgrade.is_some_and(|name| !route.upgrades.iter().any(|own| **own == *name)) {
        return Ruling::Refused(Code::Forbidden);
    }
    match (judge(policy, route, path, caller), route.enforce) {
        (Ok(buckets), _) => Ruling::Passes(buckets),
        (Err(_), Enforce::Shadow) => Ruling::Passes(Vec::new()),
        (Err(code), Enforce::On) => Ruling::Refused(code),
    }
}

fn judge<'p>(
    policy: &'p Policy,
    route: &'p Route,
    path: &Path<'_>,
    caller: Caller<'_>,
) -> Result<Vec<Bucket<'p>>, Code> {
    let needed = match route.access {
        Access::Public => return Ok(buckets(policy, route, None)),
        Access::User => None,
        Access::Viewer => Some(Role::Viewer),
        Access::Member => Some(Role::Member),
        Access::Owner => Some(Role::Owner),
    };
    let Caller::User(standing) = caller else {
        return Err(Code::Unauthenticated);
    };
    let Some(needed) = needed else {
        return Ok(Vec::new());
    };
    let tenant = route.path.tenant(path);
    let standing =
        standing.filter(|standing| Some(standing.tenant) == tenant && standing.role >= needed);
    let standing = standing.ok_or(Code::Forbidden)?;
    Ok(buckets(policy, route, Some(standing.plan)))
}

/// The buckets of a route for somebody on a plan, or without one.
pub(crate) fn buckets<'p>(
    policy: &'p Policy,
    route: &'p Route,
    plan: Option<&Plan>,
) -> Vec<Bucket<'p>> {
    let limits = match (&route.limits, plan) {
        (RouteLimits::Anonymous(limit), _) => {
            [("address", Some(limit.address())), ("link", limit.link())]
        }
        (RouteLimits::Plans(_), Some(plan)) => {
            let limit = policy.plan_limit(route, plan);
            [
                ("user", limit.map(|limit| limit.user)),
                ("tenant", limit.map(|limit| limit.tenant)),
            ]
        }
        _ => return Vec::new(),
    };
    let bucket = |(name, limit): (&'static str, Option<Limit>)| {
        Some(Bucket {
            name,
            class: route.limit.as_ref()?,
            limit: limit?,
            enforced: route.enforce == Enforce::On,
        })
    };
    limits.into_iter().filter_map(bucket).collect()
}
