//! Limits of single requests: what bounds the same request before and after.

use super::{Difference, Effect, Request};
use crate::identity::Plan;
use crate::limit::Limit;
use crate::ruling::{Bucket, Caller};

/// What was found so far, one entry for each pair of limits.
#[derive(Default)]
pub(super) struct Changes(Vec<(Change, String)>);

/// Two limits of one kind; `None` where there is none.
#[derive(PartialEq)]
struct Change {
    plan: Option<Plan>,
    name: &'static str,
    before: Option<(String, Limit)>,
    after: Option<(String, Limit)>,
}

impl Changes {
    pub(super) fn add(
        &mut self,
        request: &Request<'_>,
        before: &[Bucket<'_>],
        after: &[Bucket<'_>],
    ) {
        for name in ["user", "tenant", "address", "link"] {
            let limit = |buckets: &[Bucket<'_>]| {
                let bucket = buckets.iter().find(|bucket| bucket.name == name)?;
                let class = bucket.class.to_string();
                bucket.enforced.then_some((class, bucket.limit))
            };
            let (before, after) = (limit(before), limit(after));
            let value = |limit: &Option<(String, Limit)>| limit.as_ref().map(|(_, limit)| *limit);
            if effect(value(&before), value(&after)).is_none() {
                continue;
            }
            let by_account = matches!(name, "user" | "tenant");
            let change = Change {
                plan: plan_of(request.caller).filter(|_| by_account),
                name,
                before,
                after,
            };
            if !self.0.iter().any(|(known, _)| *known == change) {
                self.0.push((change, request.to_string()));
            }
        }
    }

    pub(super) fn differences(self) -> impl Iterator<Item = Difference> {
        self.0.into_iter().filter_map(|(change, request)| {
            let value = |limit: &Option<(String, Limit)>| limit.as_ref().map(|(_, limit)| *limit);
            Some(Difference {
                effect: effect(value(&change.before), value(&change.after))?,
                what: change.in_words(),
                request,
            })
        })
    }
}

impl Change {
    fn in_words(&self) -> String {
        let now = self.after.as_ref().or(self.before.as_ref());
        let class = now.map_or("", |(class, _)| class);
        let in_words = |limit: Option<&(String, Limit)>| match limit {
            None => "no limit".to_owned(),
            Some((other, limit)) if other == class => in_words(*limit),
            Some((other, limit)) => format!("{} of class {other}", in_words(*limit)),
        };
        let (before, after) = (
            in_words(self.before.as_ref()),
            in_words(self.after.as_ref()),
        );
        let whose = self.plan.as_ref().map(|plan| format!("plan {plan}, "));
        format!(
            "{}class {class}: {after} for each {}, {before} before",
            whose.unwrap_or_default(),
            self.name
        )
    }
}

pub(super) fn plan_of(caller: Caller<'_>) -> Option<Plan> {
    match caller {
        Caller::User(Some(standing)) => Some(standing.plan.clone()),
        _ => None,
    }
}

pub(super) fn in_words(limit: Limit) -> String {
    format!("{} in {} s", limit.count(), limit.window_seconds())
}

/// Which way a limit changes. A burst and a rate are two bounds: one may grow and the other shrink.
pub(super) fn effect(before: Option<Limit>, after: Option<Limit>) -> Option<Effect> {
    let exceeds = |a: Option<Limit>, b: Option<Limit>| match (a, b) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(a), Some(b)) => {
            let rate =
                |a: Limit, b: Limit| u64::from(a.count()).saturating_mul(b.window_seconds().into());
            a.count() > b.count() || rate(a, b) > rate(b, a)
        }
    };
    match (exceeds(after, before), exceeds(before, after)) {
        (true, true) => Some(Effect::Both),
        (true, false) => Some(Effect::Wider),
        (false, true) => Some(Effect::Narrower),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_wider_if_its_burst_or_its_rate_is_and_both_if_one_of_them_shrinks() {
        let limit = |count, window| Limit::new(count, window);
        let ten = limit(10, 60);
        for (other, expected) in [
            (ten, None),
            (limit(20, 60), Some(Effect::Wider)),
            (limit(20, 120), Some(Effect::Wider)),
            (limit(20, 240), Some(Effect::Both)),
            (limit(5, 20), Some(Effect::Both)),
            (None, Some(Effect::Wider)),
            (limit(5, 60), Some(Effect::Narrower)),
            (limit(10, 120), Some(Effect::Narrower)),
            (limit(0, 60), Some(Effect::Narrower)),
        ] {
            assert_eq!(effect(ten, other), expected, "{other:?}");
        }
        assert_eq!(effect(None, ten), Some(Effect::Narrower));
    }
}
