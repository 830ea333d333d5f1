//! What two policies differ in beside their rules: whose tokens and addresses they trust, and how much is kept.

use super::{Difference, Effect, limits};
use crate::limit::Limit;
use crate::policy::{ClientAddress, KeySource, Policy};

pub(super) fn compare(before: &Policy, after: &Policy) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut add = |effect, what: String, request: &str| {
        found.push(Difference {
            effect,
            what,
            request: request.to_owned(),
        });
    };
    for (name, before, after) in [
        ("issuer", before.issuer(), after.issuer()),
        ("audience", before.audience(), after.audience()),
    ] {
        if before != after {
            let what = format!("tokens have the {name} {after}, {before} before");
            add(
                Effect::Both,
                what,
                &format!("any, with a token of {name} {after}"),
            );
        }
    }
    keys(before.key_source(), after.key_source(), &mut add);
    client_address(before.client_address(), after.client_address(), &mut add);
    let told = |policy: &Policy| policy.identity_headers().to_vec();
    let (told_before, told_after) = (told(before), told(after));
    for header in &told_after {
        if !told_before.contains(header) {
            let what = format!("the application is told {}", header.name());
            add(Effect::Wider, what, "any, with a token");
        }
    }
    for header in &told_before {
        if !told_after.contains(header) {
            let what = format!("the application is not told {} any more", header.name());
            add(Effect::Narrower, what, "any, with a token");
        }
    }
    let limits = (before.bad_token(), after.bad_token());
    if let Some(effect) = limits::effect(limits.0, limits.1) {
        let in_words =
            |limit: Option<Limit>| limit.map_or_else(|| "no limit".to_owned(), limits::in_words);
        let what = format!(
            "tokens that do not verify: {} for each address, {} before",
            in_words(limits.1),
            in_words(limits.0)
        );
        add(
            effect,
            what,
            "any, with a token whose signature does not hold",
        );
    }
    let slots = (before.limit_slots(), after.limit_slots());
    if slots.0 != slots.1 {
        let effect = if slots.1 > slots.0 {
            Effect::Wider
        } else {
            Effect::Narrower
        };
        let what = format!(
            "limits are counted in {} slots, {} before",
            slots.1, slots.0
        );
        let more = slots.0.min(slots.1);
        add(
            effect,
            what,
            &format!("any limited one, while more than {more} buckets are in use"),
        );
    }
    storage(before, after, &mut add);
    found
}

fn keys(before: &KeySource, after: &KeySource, add: &mut impl FnMut(Effect, String, &str)) {
    match (before, after) {
        _ if before == after => {}
        (
            KeySource::Cluster {
                cluster,
                path,
                refresh_seconds,
            },
            KeySource::Cluster {
                cluster: other,
                path: other_path,
                refresh_seconds: other_seconds,
            },
        ) if cluster == other && path == other_path => {
            let effect = if other_seconds > refresh_seconds {
                Effect::Wider
            } else {
                Effect::Narrower
            };
            let what =
                format!("keys are fetched every {other_seconds} s, {refresh_seconds} s before");
            add(effect, what, "any, with a token whose key was withdrawn");
        }
        _ => {
            let in_words = |source: &KeySource| match source {
                KeySource::Inline(_) => "the policy itself".to_owned(),
                KeySource::Cluster { cluster, path, .. } => format!("{path} of cluster {cluster}"),
            };
            let (now, then) = (in_words(after), in_words(before));
            let what = if now == then {
                format!("{now} lists other keys")
            } else {
                format!("keys come from {now}, from {then} before")
            };
            add(Effect::Wider, what, "any, with a token of such a key");
        }
    }
}

fn client_address(
    before: Option<&ClientAddress>,
    after: Option<&ClientAddress>,
    add: &mut impl FnMut(Effect, String, &str),
) {
    if before == after {
        return;
    }
    let in_words = |told: Option<&ClientAddress>| {
        told.map_or_else(
            || "the connection's peer".to_owned(),
            |told| format!("{} from {}", told.header, told.trusted_peer),
        )
    };
    // Without such a header, all who come through one proxy count as one.
    let effect = if after.is_some() {
        Effect::Wider
    } else {
        Effect::Narrower
    };
    let what = format!(
        "a client's address is {}, {} before",
        in_words(after),
        in_words(before)
    );
    add(effect, what, "any that is counted by address");
}

fn storage(before: &Policy, after: &Policy, add: &mut impl FnMut(Effect, String, &str)) {
    for plan in super::plans(before, after) {
        let (was, is) = (before.storage_bytes(&plan), after.storage_bytes(&plan));
        let in_words = |bytes: Option<u64>| {
            bytes.map_or_else(
                || "any number of bytes".to_owned(),
                |bytes| format!("{bytes} bytes"),
            )
        };
        let effect = match (was, is) {
            _ if was == is => continue,
            (Some(was), Some(is)) if is < was => Effect::Narrower,
            (None, _) => Effect::Narrower,
            _ => Effect::Wider,
        };
        let what = format!(
            "plan {plan} keeps {}, {} before",
            in_words(is),
            in_words(was)
        );
        let limit = was.into_iter().chain(is).min().unwrap_or_default();
        add(
            effect,
            what,
            &format!("an upload after which a tenant on plan {plan} keeps more than {limit} bytes"),
        );
    }
}
