//! Why a request is treated as it is: which rule matches, why no earlier one does, what it spends from and how full that
//! is, and what would change the answer.

use crate::identity::{Plan, TenantId, Username};
use crate::limit::Limit;
use crate::path::Path;
use crate::policy::Policy;
use crate::problem::Code;
use crate::route::{Access, Enforce, Method, Route};
use crate::ruling::{Caller, Ruling, Standing, buckets, ruling};
use crate::token::Grant;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Who sends a request, as a token would say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// The user.
    pub user: Username,
    /// The user's tenants.
    pub tenants: BTreeMap<TenantId, Grant>,
}

/// An explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The rules before the one that matches, and why each does not: `path` and reason.
    pub passed_over: Vec<(String, String)>,
    /// The rule that matches, in words.
    pub rule: String,
    /// What it is refused for; `None` if it passes, as far as is known how full its limits are.
    pub refused: Option<Code>,
    /// Whether refusals of the rule are only reported.
    pub shadow: bool,
    /// What the request spends one from, unless something else than a limit refuses it.
    pub buckets: Vec<SpentBucket>,
    /// What would change the answer.
    pub otherwise: Vec<String>,
}

/// What a request spends one from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpentBucket {
    /// As in `RateLimit`: `user`, `tenant`, `address` or `link`.
    pub name: &'static str,
    /// The class of requests that it counts.
    pub class: String,
    /// How many in which time.
    pub limit: Limit,
    /// How full it is, where that is known.
    pub level: Option<BucketLevel>,
}

/// How full a bucket is, as the filter answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BucketLevel {
    /// The bucket's name.
    pub name: String,
    /// Whole requests that would pass now.
    pub remaining: u32,
    /// Seconds, rounded up, until one more would; 0 when the bucket is as full as it gets.
    pub next_in: u32,
}

/// Explains a request by the policy alone; `asker` is `None` for somebody without a token. The error is what makes the path
/// unreadable: that is answered 400 by any policy.
pub fn explain(
    policy: &Policy,
    method: &str,
    path: &str,
    asker: Option<&Asker>,
) -> Result<Explanation, &'static str> {
    let path = Path::parse(path.as_bytes()).map_err(|malformed| malformed.0)?;
    let method = Method::parse(method.as_bytes());
    let rule = policy.find(method, &path);
    let tenant = rule.path.tenant(&path);
    let membership = asker.and_then(|asker| asker.tenants.get_key_value(tenant?));
    let standing = membership.map(|(tenant, grant)| Standing {
        tenant: tenant.as_str(),
        role: grant.role,
        plan: &grant.plan,
    });
    let caller = match asker {
        None => Caller::Anonymous,
        Some(_) => Caller::User(standing),
    };
    // A rule that is tried out is judged as if it were enforced: what it would do is the question.
    let judged = Route {
        enforce: Enforce::On,
        ..rule.clone()
    };
    let (refused, spent) = match ruling(policy, &judged, &path, None, caller) {
        Ruling::Refused(code) => (Some(code), Vec::new()),
        Ruling::Passes(spent) => (None, spent),
    };
    let spent = spent.iter().map(|bucket| SpentBucket {
        name: bucket.name,
        class: bucket.class.to_string(),
        limit: bucket.limit,
        level: None,
    });
    Ok(Explanation {
        passed_over: passed_over(policy, rule, method, &path),
        rule: in_words(rule),
        shadow: rule.enforce == Enforce::Shadow,
        otherwise: otherwise(policy, rule, tenant, standing, refused),
        refused,
        buckets: spent.collect(),
    })
}

impl Explanation {
    /// Takes in how full the buckets are. An empty one refuses the request.
    pub fn tell(&mut self, levels: &[BucketLevel]) {
        for bucket in &mut self.buckets {
            bucket.level = levels
                .iter()
                .find(|level| level.name == bucket.name)
                .cloned();
            if bucket
                .level
                .as_ref()
                .is_some_and(|level| level.remaining == 0)
            {
                self.refused = Some(Code::RateLimited);
            }
        }
    }
}

fn passed_over(
    policy: &Policy,
    rule: &Route,
    method: Method,
    path: &Path<'_>,
) -> Vec<(String, String)> {
    let earlier = policy.routes().iter().take(rule.index);
    earlier
        .map(|route| (route.template.to_string(), miss(route, method, path)))
        .collect()
}

fn miss(route: &Route, method: Method, path: &Path<'_>) -> String {
    route
        .path
        .mismatch(path)
        .unwrap_or_else(|| match route.methods.contains(method) {
            true => "matches".to_owned(),
            false => format!("is for {}", route.methods.names().join(", ")),
        })
}

fn in_words(route: &Route) -> String {
    let whom = match route.access {
        Access::Public => "anybody",
        Access::User => "whoever is logged in",
        Access::Viewer => "viewers of the tenant, and greater roles",
        Access::Member => "members of the tenant, and owners",
        Access::Owner => "owners of the tenant",
    };
    let class = match &route.limit {
        Some(class) => format!("class {class}"),
        None => "no limit".to_owned(),
    };
    format!("{}: for {whom}, {class}", route.template)
}

fn otherwise(
    policy: &Policy,
    rule: &Route,
    tenant: Option<&str>,
    standing: Option<Standing<'_>>,
    refused: Option<Code>,
) -> Vec<String> {
    let tenant = tenant.unwrap_or_default();
    let role = match rule.access {
        Access::Owner => "owner",
        Access::Member => "member",
        _ => "viewer",
    };
    match (refused, standing) {
        (Some(Code::Unauthenticated), _) => vec!["a token".to_owned()],
        (None, None) => Vec::new(),
        (None, Some(standing)) => other_plans(policy, rule, standing.plan),
        (Some(_), Some(_)) => vec![format!("the role {role} in {tenant}")],
        (Some(_), None) => vec![format!("membership in {tenant}, as {role} or more")],
    }
}

fn other_plans(policy: &Policy, rule: &Route, plan: &Plan) -> Vec<String> {
    let others = policy.plans().iter().filter(|other| other.name != *plan);
    others
        .filter_map(|other| {
            let bucket = buckets(policy, rule, Some(&other.name))
                .into_iter()
                .next()?;
            let limit = bucket.limit;
            Some(format!(
                "plan {}: {} in {} s for each {}",
                other.name,
                limit.count(),
                limit.window_seconds(),
                bucket.name
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Role;

    fn policy() -> Policy {
        Policy::parse(crate::cases::POLICY).unwrap()
    }

    fn asked(method: &str, path: &str, asker: Option<Asker>) -> Explanation {
        explain(&policy(), method, path, asker.as_ref()).unwrap()
    }

    /// Ann, who is in no tenant, or in acme.
    fn ann(role: Option<Role>) -> Option<Asker> {
        let grant = |role| Grant {
            role,
            plan: Plan::parse("personal").unwrap(),
        };
        let acme = TenantId::parse("acme").unwrap();
        Some(Asker {
            user: Username::parse("ann").unwrap(),
            tenants: role.map(|role| (acme, grant(role))).into_iter().collect(),
        })
    }

    fn member(role: Role) -> Option<Asker> {
        ann(Some(role))
    }

    #[test]
    fn each_rule_before_the_one_that_matches_says_why_it_does_not() {
        let told = asked("GET", "/t/acme/images/x1/pull", member(Role::Viewer));
        let why = |template: &str| {
            let mut rules = told.passed_over.iter();
            let found = rules.find(|(path, _)| path == template);
            found.map(|(_, why)| why.as_str())
        };
        assert_eq!(why("/healthz"), Some("has 1 segment, the path 5"));
        assert_eq!(
            why("/t/{tenant}/images/{name}/edit"),
            Some("segment 5 is edit, not pull")
        );
        assert_eq!(why("/t/{tenant}/{*}"), None, "it comes later");
        let posted = asked("POST", "/signup", None);
        let last = posted.passed_over.iter().rev().nth(1).unwrap();
        assert_eq!(*last, ("/signup".to_owned(), "is for GET, HEAD".to_owned()));
    }

    #[test]
    fn what_a_request_spends_and_what_would_change_it_is_told() {
        let told = asked("GET", "/t/acme/images/x1/pull", member(Role::Viewer));
        assert_eq!((told.refused, told.shadow), (None, false));
        let names: Vec<_> = told
            .buckets
            .iter()
            .map(|bucket| (bucket.name, bucket.class.as_str(), bucket.limit.count()))
            .collect();
        assert_eq!(names, [("user", "pull", 10), ("tenant", "pull", 100)]);
        assert_eq!(
            told.otherwise,
            [
                "plan team: 100 in 60 s for each user",
                "plan enterprise: 1000 in 60 s for each user"
            ]
        );
    }

    #[test]
    fn a_refusal_says_what_is_missing() {
        let upload = |asker: Option<Asker>| {
            let told = asked("POST", "/t/acme/images", asker);
            (told.refused.map(Code::status), told.otherwise)
        };
        assert_eq!(upload(None), (Some(401), vec!["a token".to_owned()]));
        assert_eq!(
            upload(ann(None)),
            (
                Some(403),
                vec!["membership in acme, as member or more".to_owned()]
            )
        );
        assert_eq!(
            upload(member(Role::Viewer)),
            (Some(403), vec!["the role member in acme".to_owned()])
        );
        assert_eq!(upload(member(Role::Member)).0, None);
    }

    #[test]
    fn an_empty_bucket_refuses() {
        let mut told = asked("GET", "/t/acme/images/x1/pull", member(Role::Viewer));
        let level = |name: &str, remaining| BucketLevel {
            name: name.to_owned(),
            remaining,
            next_in: 6,
        };
        told.tell(&[level("tenant", 90), level("user", 1)]);
        assert_eq!(told.refused, None);
        assert_eq!(told.buckets[1].level, Some(level("tenant", 90)));
        told.tell(&[level("tenant", 90), level("user", 0)]);
        assert_eq!(told.refused, Some(Code::RateLimited));
    }

    #[test]
    fn a_path_with_two_readings_is_not_explained_by_rules() {
        assert!(explain(&policy(), "GET", "/t//x", None).is_err());
    }
}
