//! Buckets that several rules spend from: whether requests that were counted together still are.

use super::limits::{in_words, plan_of};
use super::{Difference, Effect, Request};
use crate::identity::{Plan, Role};
use crate::limit::Limit;
use crate::ruling::{Bucket, Caller};

/// One bucket, apart from whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shared {
    name: &'static str,
    class: String,
    /// A link's bucket is counted by path.
    path: Option<String>,
    limit: Limit,
}

/// One request that passes both, and what it spends from.
struct Cell {
    plan: Option<Plan>,
    before: Vec<(Shared, bool)>,
    after: Vec<(Shared, bool)>,
    request: String,
}

/// Every limited request of an owner, who may do all that others may, and of nobody known.
#[derive(Default)]
pub(super) struct Cells(Vec<Cell>);

impl Cells {
    pub(super) fn add(
        &mut self,
        request: &Request<'_>,
        before: &[Bucket<'_>],
        after: &[Bucket<'_>],
    ) {
        let counts = match request.caller {
            Caller::Anonymous => true,
            Caller::User(standing) => standing.is_some_and(|standing| standing.role == Role::Owner),
        };
        if !counts || (before.is_empty() && after.is_empty()) {
            return;
        }
        let known = matches!(request.caller, Caller::User(_));
        let spent = |buckets: &[Bucket<'_>]| {
            let mine = |bucket: &&Bucket<'_>| known == matches!(bucket.name, "user" | "tenant");
            let shared = |bucket: &Bucket<'_>| {
                let shared = Shared {
                    name: bucket.name,
                    class: bucket.class.to_string(),
                    path: (bucket.name == "link").then(|| request.path.to_owned()),
                    limit: bucket.limit,
                };
                (shared, bucket.enforced)
            };
            buckets.iter().filter(mine).map(shared).collect()
        };
        self.0.push(Cell {
            plan: plan_of(request.caller),
            before: spent(before),
            after: spent(after),
            request: request.to_string(),
        });
    }

    pub(super) fn differences(self) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut plans: Vec<_> = self.0.iter().map(|cell| &cell.plan).collect();
        plans.dedup();
        for (index, plan) in plans.iter().enumerate() {
            if plans.iter().take(index).any(|other| other == plan) {
                continue;
            }
            let cells = || self.0.iter().filter(|cell| cell.plan == **plan);
            let forth = cells().map(|cell| (&*cell.before, &*cell.after, &*cell.request));
            let back = cells().map(|cell| (&*cell.after, &*cell.before, &*cell.request));
            found.extend(split(
                plan.as_ref(),
                Effect::Wider,
                &forth.collect::<Vec<_>>(),
            ));
            found.extend(split(
                plan.as_ref(),
                Effect::Narrower,
                &back.collect::<Vec<_>>(),
            ));
        }
        found
    }
}

type Spent<'c> = (&'c [(Shared, bool)], &'c [(Shared, bool)], &'c str);

/// The buckets on the left that several on the right stand for, which together hold more.
fn split(plan: Option<&Plan>, effect: Effect, cells: &[Spent<'_>]) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut seen: Vec<&Shared> = Vec::new();
    for (whole, enforced) in cells.iter().flat_map(|(left, _, _)| left.iter()) {
        if !enforced || seen.contains(&whole) {
            continue;
        }
        seen.push(whole);
        let mut parts: Vec<&Shared> = Vec::new();
        let mut uncounted = false;
        let mut example = "";
        for (left, right, request) in cells {
            let Some((_, enforced)) = left.iter().find(|(bucket, _)| bucket == whole) else {
                continue;
            };
            match right.iter().find(|(bucket, _)| bucket.name == whole.name) {
                Some((part, _)) if parts.contains(&part) => {}
                Some((part, _)) => {
                    parts.push(part);
                    example = request;
                }
                // One that was enforced and is not counted now is a limit that is gone.
                None if *enforced => {}
                None => {
                    uncounted = true;
                    example = request;
                }
            }
        }
        if uncounted || (parts.len() > 1 && hold_more(&parts, whole.limit)) {
            let difference = in_words_of(plan, effect, whole, &parts);
            found.push(Difference {
                effect,
                what: difference,
                request: example.to_owned(),
            });
        }
    }
    found
}

fn hold_more(parts: &[&Shared], whole: Limit) -> bool {
    /// Rounded down, so that parts that fill the whole exactly never count as more.
    fn rate(limit: Limit) -> u64 {
        let scaled = u64::from(limit.count()).saturating_mul(1_000_000_000_000);
        scaled
            .checked_div(limit.window_seconds().into())
            .unwrap_or(0)
    }
    let sum = |of: fn(Limit) -> u64| {
        let values = parts.iter().map(|part| of(part.limit));
        values.fold(0, u64::saturating_add) > of(whole)
    };
    sum(|limit| limit.count().into()) || sum(rate)
}

fn in_words_of(plan: Option<&Plan>, effect: Effect, whole: &Shared, parts: &[&Shared]) -> String {
    let whose = plan.map_or_else(String::new, |plan| format!("plan {plan}, "));
    let mut classes: Vec<_> = parts.iter().map(|part| part.class.as_str()).collect();
    classes.dedup();
    let (name, class, limit) = (whole.name, &whole.class, in_words(whole.limit));
    match effect {
        Effect::Wider | Effect::Both => format!(
            "{whose}each {name}'s requests of class {class} ({limit}) count apart now, as {}",
            if classes.is_empty() {
                "nothing".to_owned()
            } else {
                classes.join(" and ")
            }
        ),
        Effect::Narrower => format!(
            "{whose}each {name}'s requests of class {class} ({limit}) count together now, with what {}",
            if parts.len() > 1 {
                format!("counted apart before, as {}", classes.join(" and "))
            } else {
                "did not count before".to_owned()
            }
        ),
    }
}
