use super::*;
use crate::cases::{POLICY, session};
use crate::decide::{Decision, decide};
use crate::head::RequestHead;
use crate::memory::MemoryCounters;
use crate::test_support::{NOW, keys};
use crate::verified::VerifiedTokens;
use Effect::{Both, Narrower, Wider};
use serde_json::{Value, json};

/// A small policy, changed.
pub(in crate::diff) fn policy(change: impl FnOnce(&mut Value)) -> Policy {
    let limits = |count: u32| json!({"user": {"count": count, "window_seconds": 60}, "tenant": {"count": count * 10, "window_seconds": 60}});
    let plan = |pull, browse| json!({"pull": limits(pull), "browse": limits(browse)});
    let mut document = json!({
        "issuer": "imagehub",
        "audience": "imagehub",
        "keys": {"cluster": "local_app", "path": "/keys", "refresh_seconds": 5},
        "client_address": {"header": "x-client", "trusted_peer": "/svc/edge"},
        "plans": {"personal": plan(10, 600), "team": plan(100, 600)},
        "anonymous": {"page": {"count": 60, "window_seconds": 60}, "bad_token": {"count": 300, "window_seconds": 60}},
        "storage_bytes": {"personal": 1_000, "team": 2_000},
        "routes": [
            {"path": "/", "methods": ["GET"], "access": "public", "limit": "page"},
            {"path": "/plans", "methods": ["GET"], "access": "public", "limit": "page"},
            {"path": "/t/{tenant}", "methods": ["GET"], "access": "viewer", "limit": "browse"},
            {"path": "/t/{tenant}/images", "methods": ["POST"], "access": "member", "limit": "browse"},
            {"path": "/t/{tenant}/pull", "methods": ["GET"], "access": "viewer", "limit": "pull"},
            {"path": "/t/{tenant}/download", "methods": ["GET"], "access": "viewer", "limit": "pull"},
            {"path": "/t/{tenant}/{*}", "methods": ["*"], "access": "viewer"}
        ],
        "default": {"access": "user"}
    });
    change(&mut document);
    Policy::parse(document.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

fn differences_by(change: impl FnOnce(&mut Value)) -> Vec<Difference> {
    differences(&policy(|_| {}), &policy(change))
}

/// Each change of the small policy, what it is said to be, and the request that shows it.
#[test]
fn every_change_is_said_in_words_and_shown_by_a_request() {
    type Row = (fn(&mut Value), Effect, &'static str, &'static str);
    let table: [Row; 13] = [
        (
            |p| p["plans"]["personal"]["pull"]["user"]["count"] = 20.into(),
            Wider,
            "plan personal, class pull: 20 in 60 s for each user, 10 in 60 s before",
            "GET /t/acme/pull as viewer of acme on plan personal",
        ),
        (
            |p| p["plans"]["team"]["browse"]["tenant"]["count"] = 600.into(),
            Narrower,
            "plan team, class browse: 600 in 60 s for each tenant, 6000 in 60 s before",
            "GET /t/acme as viewer of acme on plan team",
        ),
        (
            |p| p["anonymous"]["page"]["window_seconds"] = 120.into(),
            Narrower,
            "class page: 60 in 120 s for each address, 60 in 60 s before",
            "GET /plans without a token",
        ),
        (
            |p| p["routes"][4]["limit"] = Value::Null,
            Wider,
            "plan personal, class pull: no limit for each user, 10 in 60 s before",
            "GET /t/acme/pull as viewer of acme on plan personal",
        ),
        (
            |p| p["routes"][3]["access"] = "viewer".into(),
            Wider,
            "POST /t/{tenant}/images passes now for viewers",
            "POST /t/acme/images as viewer of acme on plan personal: passes now, 403 before",
        ),
        (
            |p| p["routes"][6]["access"] = "owner".into(),
            Narrower,
            "any method /t/{tenant}/{*} is refused now for viewers, members",
            "POST /t/acme as viewer of acme on plan personal: 403 now, passes before",
        ),
        (
            |p| p["default"]["access"] = "public".into(),
            Wider,
            "any method default passes now for those without a token",
            "GET /x0 without a token: passes now, 401 before",
        ),
        (
            |p| p["routes"][1]["enforce"] = "shadow".into(),
            Wider,
            "class page: no limit for each address, 60 in 60 s before",
            "GET /plans without a token",
        ),
        (
            |p| p["routes"][2]["upgrades"] = json!(["websocket"]),
            Wider,
            "GET, HEAD /t/{tenant} upgraded to websocket passes now for viewers, members, owners",
            "GET /t/acme with Upgrade: websocket as viewer of acme on plan personal: passes now, 403 before",
        ),
        (
            |p| p["issuer"] = "elsewhere".into(),
            Both,
            "tokens have the issuer elsewhere, imagehub before",
            "any, with a token of issuer elsewhere",
        ),
        (
            |p| p["client_address"]["trusted_peer"] = "/svc/other".into(),
            Wider,
            "a client's address is x-client from /svc/other, x-client from /svc/edge before",
            "any that is counted by address",
        ),
        (
            |p| p["anonymous"]["bad_token"]["count"] = 10.into(),
            Narrower,
            "tokens that do not verify: 10 in 60 s for each address, 300 in 60 s before",
            "any, with a token whose signature does not hold",
        ),
        (
            |p| p["storage_bytes"]["team"] = 1_500.into(),
            Narrower,
            "plan team keeps 1500 bytes, 2000 bytes before",
            "an upload after which a tenant on plan team keeps more than 1500 bytes",
        ),
    ];
    for (change, effect, what, request) in table {
        let found = differences_by(change);
        let shown = found.iter().find(|difference| difference.what == what);
        let shown = shown.unwrap_or_else(|| panic!("{what}: {found:#?}"));
        assert_eq!((shown.effect, &*shown.request), (effect, request), "{what}");
        assert!(
            found.iter().all(|difference| difference.effect == effect),
            "{found:#?}"
        );
    }
}

#[test]
fn what_changes_nothing_is_no_difference() {
    let same: [fn(&mut Value); 5] = [
        |_| {},
        // Another order of rules that no request falls under both of.
        |p| {
            let routes = p["routes"].as_array_mut().unwrap();
            routes.swap(0, 4);
        },
        // A rule that never matches, since another comes first.
        |p| {
            let routes = p["routes"].as_array_mut().unwrap();
            routes.push(
                json!({"path": "/t/{tenant}/late/{*}", "methods": ["GET"], "access": "public"}),
            );
        },
        // A class that no rule uses.
        |p| p["anonymous"]["unused"] = json!({"count": 1, "window_seconds": 1}),
        |p| p["identity_headers"] = json!(["tenant", "user"]),
    ];
    for change in same {
        assert_eq!(differences_by(change), []);
    }
}

#[test]
fn a_rule_that_comes_first_takes_its_requests_from_the_later_ones() {
    let found = differences_by(|p| {
        let routes = p["routes"].as_array_mut().unwrap();
        routes.insert(
            0,
            json!({"path": "/t/{tenant}/{name}", "methods": ["DELETE"], "access": "owner"}),
        );
    });
    let whats: Vec<_> = found
        .iter()
        .map(|found| (found.effect, &*found.what))
        .collect();
    assert_eq!(
        whats,
        [(
            Narrower,
            "DELETE /t/{tenant}/{name}, before /t/{tenant}/{*}, is refused now for viewers, members"
        )]
    );
}

#[test]
fn classes_that_counted_together_and_count_apart_allow_more_in_sum() {
    let apart = |count: u32| {
        move |p: &mut Value| {
            for plan in ["personal", "team"] {
                let limits = p["plans"][plan]["pull"].clone();
                p["plans"][plan]["download"] = limits;
            }
            for class in ["pull", "download"] {
                p["plans"]["personal"][class]["user"]["count"] = count.into();
            }
            p["routes"][5]["limit"] = "download".into();
        }
    };
    let together = policy(|_| {});
    let found = differences(&together, &policy(apart(10)));
    let first = found
        .first()
        .map(|found| (found.effect, &*found.what, &*found.request));
    assert_eq!(
        first,
        Some((
            Wider,
            "plan personal, each user's requests of class pull (10 in 60 s) count apart now, as pull and download",
            "GET /t/acme/download as owner of acme on plan personal"
        ))
    );
    assert!(
        found.iter().all(|found| found.effect == Wider),
        "{found:#?}"
    );
    let back = differences(&policy(apart(10)), &together);
    assert!(
        !back.is_empty() && back.iter().all(|found| found.effect == Narrower),
        "{back:#?}"
    );
    // Half of the user's limit for each is no more than the whole; the tenant's are still twice as much.
    let halves = differences(&together, &policy(apart(5)));
    assert!(
        !halves
            .iter()
            .any(|found| found.effect == Wider
                && found.what.starts_with("plan personal, each user's")),
        "{halves:#?}"
    );
}

#[test]
fn another_tenant_in_the_path_lets_others_pass() {
    let swapped = |first: &str, second: &str| {
        let path = format!("/a/{first}/{second}");
        policy(move |p| {
            p["routes"] = json!([{"path": path, "methods": ["GET"], "access": "viewer"}]);
        })
    };
    let found = differences(
        &swapped("{tenant}", "{name}"),
        &swapped("{name}", "{tenant}"),
    );
    let effects: Vec<_> = found.iter().map(|found| found.effect).collect();
    assert_eq!(effects, [Wider, Narrower], "{found:#?}");
}

#[test]
fn a_plan_that_one_policy_does_not_know_counts_there_as_its_first() {
    let found = differences_by(|p| {
        let gold = p["plans"]["team"].clone();
        p["plans"]["gold"] = gold;
        p["storage_bytes"]["gold"] = 1_000.into();
    });
    let users: Vec<_> = found
        .iter()
        .map(|found| (found.effect, &*found.what))
        .collect();
    assert!(
        users.contains(&(
            Wider,
            "plan gold, class pull: 100 in 60 s for each user, 10 in 60 s before"
        )),
        "{users:#?}"
    );
}

/// The comparison rests on its own reading of the rules: it is the one that requests are decided by.
#[test]
fn every_verdict_is_what_is_decided() {
    let shipped = Policy::parse(POLICY).unwrap();
    let (keys, mut tokens, mut checked) = (keys(), VerifiedTokens::default(), 0);
    for_each_request(&shipped, &shipped, |request| {
        let token = match request.caller {
            Caller::Anonymous => None,
            Caller::User(None) => Some(session("ann", &[])),
            Caller::User(Some(Standing { tenant, role, plan })) => {
                // A path may spell out what is no tenant's name.
                if crate::TenantId::parse(tenant).is_err() {
                    return;
                }
                Some(session("ann", &[(tenant, role.as_str(), plan.as_str())]))
            }
        };
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers = bearer
            .iter()
            .map(|value| (&b"authorization"[..], value.as_bytes()));
        let head =
            RequestHead::from_headers(request.method.as_bytes(), request.path.as_bytes(), headers);
        let mut counters = MemoryCounters::new(64, [1, 2]);
        let decision = decide(
            &shipped,
            &head,
            &|| None,
            NOW,
            &keys,
            &mut tokens,
            &mut counters,
        )
        .decision;
        match (&request.before, decision) {
            (Ruling::Refused(code), Decision::Refuse(refusal)) => {
                assert_eq!(*code, refusal.code, "{request}");
            }
            (Ruling::Passes(buckets), Decision::Allow(allow)) => {
                let told = allow.limits.iter().flat_map(|limits| limits.buckets());
                let told: Vec<_> = told.map(|bucket| (bucket.name, bucket.limit)).collect();
                let expected: Vec<_> = buckets
                    .iter()
                    .map(|bucket| (bucket.name, bucket.limit))
                    .collect();
                assert_eq!(expected, told, "{request}");
            }
            (verdict, decision) => panic!("{request}: {verdict:?}, {decision:?}"),
        }
        checked += 1;
    });
    assert!(checked > 1_000, "{checked}");
}
