//! What another policy would change: every difference in what two policies allow, each with one request that shows it.
//!
//! A policy is finite. Its rules tell paths apart only by their templates, and callers only by role and plan, so one
//! request for each combination is enough. That counters start afresh with a table of another size or a class of
//! another name is no difference.

mod access;
mod limits;
mod paths;
mod settings;
mod shared;

use crate::identity::{Plan, Role};
use crate::path::Path;
use crate::policy::Policy;
use crate::route::{Method, Route};
use crate::ruling::{Caller, Ruling, Standing, ruling};
use std::fmt;

/// Which way a difference goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Something is allowed that was not. Of keys and addresses, perhaps something else is not any more.
    Wider,
    /// Something is allowed that was not, and something else is not any more.
    Both,
    /// Something is not allowed any more.
    Narrower,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Wider => "wider",
            Self::Both => "wider and narrower:",
            Self::Narrower => "narrower",
        })
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which way it goes.
    pub effect: Effect,
    /// What it is.
    pub what: String,
    /// A request that shows it.
    pub request: String,
}

/// Every difference between what two policies allow, the wider ones first.
pub fn differences(before: &Policy, after: &Policy) -> Vec<Difference> {
    let mut found = settings::compare(before, after);
    let mut access = access::Changes::default();
    let mut limits = limits::Changes::default();
    let mut shared = shared::Cells::default();
    for_each_request(before, after, |request| {
        match (&request.before, &request.after) {
            (Ruling::Passes(before), Ruling::Passes(after)) => {
                limits.add(request, before, after);
                shared.add(request, before, after);
            }
            (Ruling::Refused(_), Ruling::Refused(_)) => {}
            (Ruling::Refused(_), Ruling::Passes(_)) => access.add(Effect::Wider, request),
            (Ruling::Passes(_), Ruling::Refused(_)) => access.add(Effect::Narrower, request),
        }
    });
    found.extend(access.differences());
    found.extend(limits.differences());
    found.extend(shared.differences());
    found.sort_by_key(|difference| difference.effect);
    found
}

/// One request under both policies.
struct Request<'r> {
    method: &'static str,
    path: &'r str,
    upgrade: Option<&'r str>,
    caller: Caller<'r>,
    rules: (&'r Route, &'r Route),
    before: Ruling<'r>,
    after: Ruling<'r>,
}

impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if let Some(upgrade) = self.upgrade {
            write!(f, " with Upgrade: {upgrade}")?;
        }
        match self.caller {
            Caller::Anonymous => f.write_str(" without a token"),
            Caller::User(None) => f.write_str(" as a user of another tenant"),
            Caller::User(Some(Standing { tenant, role, plan })) => {
                write!(f, " as {role} of {tenant} on plan {plan}")
            }
        }
    }
}

/// Every method that rules tell apart; the last stands for all others.
const METHODS: [&str; 8] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND",
];

fn for_each_request(before: &Policy, after: &Policy, mut action: impl FnMut(&Request<'_>)) {
    let plans = plans(before, after);
    let upgrades = upgrades(before, after);
    for text in paths::paths(before, after) {
        let Ok(path) = Path::parse(text.as_bytes()) else {
            continue;
        };
        for method in METHODS {
            let parsed = Method::parse(method.as_bytes());
            let rules = (before.find(parsed, &path), after.find(parsed, &path));
            let callers = callers(rules, &path, &plans);
            for &upgrade in &upgrades {
                for &caller in &callers {
                    action(&Request {
                        method,
                        path: &text,
                        upgrade,
                        caller,
                        rules,
                        before: ruling(before, rules.0, &path, upgrade, caller),
                        after: ruling(after, rules.1, &path, upgrade, caller),
                    });
                }
            }
        }
    }
}

/// The plans of both, and one that neither knows where that makes a difference: it counts as the first.
fn plans(before: &Policy, after: &Policy) -> Vec<Plan> {
    let mut plans: Vec<Plan> = Vec::new();
    for entry in before.plans().iter().chain(after.plans()) {
        if !plans.contains(&entry.name) {
            plans.push(entry.name.clone());
        }
    }
    let first = |policy: &Policy| policy.plans().first().map(|plan| plan.name.clone());
    if first(before) != first(after) {
        let mut name = "unknown".to_owned();
        while plans.iter().any(|plan| plan.as_str() == name) {
            name.push('x');
        }
        plans.extend(Plan::parse(&name));
    }
    plans
}

fn upgrades<'p>(before: &'p Policy, after: &'p Policy) -> Vec<Option<&'p str>> {
    let mut upgrades = vec![None];
    for route in before.routes().iter().chain(after.routes()) {
        for name in &route.upgrades {
            if !upgrades.contains(&Some(&**name)) {
                upgrades.push(Some(&**name));
            }
        }
    }
    upgrades
}

/// Nobody known, a user from elsewhere, and each role on each plan in the tenant that either rule reads from the path.
fn callers<'c>(rules: (&Route, &Route), path: &Path<'c>, plans: &'c [Plan]) -> Vec<Caller<'c>> {
    let mut callers = vec![Caller::Anonymous, Caller::User(None)];
    let (first, second) = (rules.0.path.tenant(path), rules.1.path.tenant(path));
    for tenant in first.into_iter().chain(second.filter(|_| second != first)) {
        for role in [Role::Viewer, Role::Member, Role::Owner] {
            callers.extend(
                plans
                    .iter()
                    .map(|plan| Caller::User(Some(Standing { tenant, role, plan }))),
            );
        }
    }
    callers
}

/// Texts as a list, each once.
fn list(texts: &[&str]) -> String {
    let mut once: Vec<&str> = Vec::new();
    for text in texts {
        if !once.contains(text) {
            once.push(text);
        }
    }
    once.join(", ")
}

#[cfg(test)]
pub(super) mod tests;
