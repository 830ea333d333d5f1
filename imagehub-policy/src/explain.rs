//! Why a request is treated as it is, by the policy alone: which rule matches, why no earlier one does, what it spends
//! from, and what would change the answer.

use crate::identity::{Plan, Role, TenantId};
use crate::limit::Limit;
use crate::path::Path;
use crate::policy::Policy;
use crate::problem::Code;
use crate::route::{Access, Enforce, Method, Route};
use crate::verdict::{Caller, Standing, Verdict, buckets, verdict};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// Somebody without a token.
    Anonymous,
    /// A user, and the tenants that the token names.
    User(Vec<(TenantId, Role, Plan)>),
}

/// An explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The rules before the one that matches, and why each does not: `path` and reason.
    pub passed_over: Vec<(String, String)>,
    /// The rule that matches, in words.
    pub rule: String,
    /// What it is refused for; `None` if it passes as long as no limit is spent.
    pub refused: Option<Code>,
    /// Whether refusals of the rule are only reported.
    pub shadow: bool,
    /// What a request that passes spends one from: the bucket, its class and its limit.
    pub buckets: Vec<(&'static str, String, Limit)>,
    /// What would change the answer.
    pub otherwise: Vec<String>,
}

/// Explains a request. The error is what makes its path unreadable: that is answered 400, whatever the rules say.
pub fn explain(
    policy: &Policy,
    method: &str,
    path: &str,
    asker: &Asker,
) -> Result<Explanation, &'static str> {
    let path = Path::parse(path.as_bytes()).map_err(|malformed| malformed.0)?;
    let method = Method::parse(method.as_bytes());
    let rule = policy.find(method, &path);
    let passed_over = policy
        .routes()
        .iter()
        .take_while(|route| !std::ptr::eq(*route, rule))
        .map(|route| (route.template.to_string(), miss(route, method, &path)))
        .collect();
    let tenant = rule.path.tenant(&path);
    let standing = match asker {
        Asker::Anonymous => None,
        Asker::User(tenants) => tenants
            .iter()
            .find(|(name, _, _)| Some(name.as_str()) == tenant),
    };
    let standing = standing.map(|(tenant, role, plan)| Standing {
        tenant: tenant.as_str(),
        role: *role,
        plan,
    });
    let caller = match asker {
        Asker::Anonymous => Caller::Anonymous,
        Asker::User(_) => Caller::User(standing),
    };
    // A rule that is tried out is judged as if it were enforced: what it would do is the question.
    let judged = Route {
        enforce: Enforce::On,
        ..rule.clone()
    };
    let (refused, spent) = match verdict(policy, &judged, &path, None, caller) {
        Verdict::Refused(code) => (Some(code), Vec::new()),
        Verdict::Passes(buckets) => {
            let spent = |bucket: &crate::verdict::Bucket<'_>| {
                (bucket.name, bucket.class.to_string(), bucket.limit)
            };
            (None, buckets.iter().map(spent).collect())
        }
    };
    Ok(Explanation {
        passed_over,
        rule: in_words(rule),
        shadow: rule.enforce == Enforce::Shadow,
        otherwise: otherwise(policy, rule, tenant, standing, refused),
        refused,
        buckets: spent,
    })
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
        (Some(_), Some(_)) => vec![format!("the role {role} in {tenant}")],
        (Some(_), None) => vec![format!("membership in {tenant}, as {role} or more")],
        (None, None) => Vec::new(),
        (None, Some(standing)) => policy
            .plans()
            .iter()
            .filter(|plan| plan.name != *standing.plan)
            .filter_map(|plan| {
                let bucket = buckets(policy, rule, Some(&plan.name)).into_iter().next()?;
                let limit = bucket.limit;
                Some(format!(
                    "plan {}: {} in {} s for each {}",
                    plan.name,
                    limit.count(),
                    limit.window_seconds(),
                    bucket.name
                ))
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &str, path: &str, asker: &Asker) -> Explanation {
        let policy = Policy::parse(crate::cases::POLICY).unwrap();
        explain(&policy, method, path, asker).unwrap()
    }

    fn member(role: Role) -> Asker {
        let acme = TenantId::parse("acme").unwrap();
        Asker::User(vec![(acme, role, Plan::parse("personal").unwrap())])
    }

    #[test]
    fn each_rule_before_the_one_that_matches_says_why_it_does_not() {
        let told = asked("GET", "/t/acme/images/x1/pull", &member(Role::Viewer));
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
        let posted = asked("POST", "/signup", &Asker::Anonymous);
        let last = posted.passed_over.iter().rev().nth(1).unwrap();
        assert_eq!(*last, ("/signup".to_owned(), "is for GET, HEAD".to_owned()));
    }

    #[test]
    fn what_a_request_spends_and_what_would_change_it_is_told() {
        let told = asked("GET", "/t/acme/images/x1/pull", &member(Role::Viewer));
        assert_eq!((told.refused, told.shadow), (None, false));
        let names: Vec<_> = told
            .buckets
            .iter()
            .map(|(name, class, limit)| (*name, class.as_str(), limit.count()))
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
        let upload = |asker: &Asker| {
            let told = asked("POST", "/t/acme/images", asker);
            (told.refused.map(Code::status), told.otherwise)
        };
        assert_eq!(
            upload(&Asker::Anonymous),
            (Some(401), vec!["a token".to_owned()])
        );
        assert_eq!(
            upload(&Asker::User(Vec::new())),
            (
                Some(403),
                vec!["membership in acme, as member or more".to_owned()]
            )
        );
        assert_eq!(
            upload(&member(Role::Viewer)),
            (Some(403), vec!["the role member in acme".to_owned()])
        );
        assert_eq!(upload(&member(Role::Member)).0, None);
    }

    #[test]
    fn a_path_with_two_readings_is_not_explained_by_rules() {
        let policy = Policy::parse(crate::cases::POLICY).unwrap();
        assert!(explain(&policy, "GET", "/t//x", &Asker::Anonymous).is_err());
    }
}
