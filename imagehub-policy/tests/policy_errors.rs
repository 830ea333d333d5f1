//! A broken policy is refused, and the error names the place.

use imagehub_policy::{Limit, Policy};
use proptest::prelude::*;

const DOCUMENT: &str = include_str!("../../consul/policy.json");

/// The place and the text of the error that a replacement causes.
fn broken(from: &str, to: &str) -> (String, String) {
    let document = DOCUMENT.replacen(from, to, 1);
    assert_ne!(document, DOCUMENT, "nothing replaced: {from}");
    let error = Policy::parse(document.as_bytes()).expect_err(to);
    (error.path, error.message)
}

fn place(from: &str, to: &str) -> String {
    broken(from, to).0
}

const PULL: &str = r#""pull": {"user": {"count": 10, "window_seconds": 60}"#;
const HEALTH: &str =
    r#"{"path": "/healthz", "methods": ["GET"], "access": "public", "limit": null}"#;

#[test]
fn a_limit_outside_its_range_is_named() {
    for count in [
        "1000001",
        "-1",
        "1.5",
        "\"10\"",
        "null",
        "18446744073709551616",
    ] {
        let to = format!(r#""pull": {{"user": {{"count": {count}, "window_seconds": 60}}"#);
        assert_eq!(
            place(PULL, &to),
            "plans.personal.pull.user.count",
            "{count}"
        );
    }
    for window in ["0", "86401", "-60", "0.5"] {
        let to = format!(r#""pull": {{"user": {{"count": 10, "window_seconds": {window}}}"#);
        assert_eq!(
            place(PULL, &to),
            "plans.personal.pull.user.window_seconds",
            "{window}"
        );
    }
    assert!(Limit::new(1_000_000, 86_400).is_some() && Limit::new(0, 1).is_some());
    assert!(
        Limit::new(1_000_001, 1).is_none()
            && Limit::new(1, 0).is_none()
            && Limit::new(1, 86_401).is_none()
    );
}

#[test]
fn unknown_members_are_named() {
    assert_eq!(place(r#""issuer""#, r#""isuer": 1, "issuer""#), "isuer");
    assert_eq!(
        place(r#""count": 10,"#, r#""count": 10, "burst": 3,"#),
        "plans.personal.pull.user.burst"
    );
    assert_eq!(
        place(HEALTH, &HEALTH.replace("\"limit\"", "\"limits\"")),
        "routes[0].limits"
    );
}

#[test]
fn members_twice_are_refused() {
    for (from, to, at) in [
        (
            r#""issuer": "imagehub","#,
            r#""issuer": "imagehub", "issuer": "imagehub","#,
            ".",
        ),
        (
            r#""count": 10,"#,
            r#""count": 10, "count": 10,"#,
            "plans.personal.pull.user",
        ),
        (r#""team": {"#, r#""personal": {"#, "plans"),
        (r#""auth": {"#, r#""browse": {"#, "anonymous"),
    ] {
        let (place, message) = broken(from, to);
        assert_eq!(place, at, "{message}");
        assert!(
            message.contains("twice") || message.contains("duplicate"),
            "{place}: {message}"
        );
    }
}

#[test]
fn names_that_are_none_are_named() {
    assert_eq!(
        place(r#""personal": {"#, r#""Personal": {"#),
        "plans.Personal"
    );
    assert_eq!(
        place(HEALTH, &HEALTH.replace("null", "\"Bad Class\"")),
        "routes[0].limit"
    );
}

#[test]
fn routes_that_cannot_work_are_named() {
    for (part, wrong, at) in [
        (r#""/healthz""#, r#""healthz""#, "routes[0].path"),
        (r#""/healthz""#, r#""/{user}""#, "routes[0].path"),
        (r#""/healthz""#, r#""/{*}/x""#, "routes[0].path"),
        (r#"["GET"]"#, "[]", "routes[0].methods"),
        (r#"["GET"]"#, r#"["get"]"#, "routes[0].methods[0]"),
        (r#"["GET"]"#, r#"["GET", "*"]"#, "routes[0].methods[1]"),
        (r#""public""#, r#""anyone""#, "routes[0].access"),
        (r#""public""#, r#""owner""#, "routes[0].access"),
        ("null", r#""pull""#, "routes[0].limit"),
        (
            r#""public", "limit": null"#,
            r#""user", "limit": "pull""#,
            "routes[0].limit",
        ),
        (
            r#""public", "limit": null"#,
            r#""public", "limit": null, "enforce": "off""#,
            "routes[0].enforce",
        ),
        (
            r#""/healthz", "methods": ["GET"], "access": "public""#,
            r#""/t/{tenant}", "methods": ["GET"], "access": "user""#,
            "routes[0].access",
        ),
        (
            r#""/healthz", "methods": ["GET"], "access": "public", "limit": null"#,
            r#""/t/{tenant}", "methods": ["GET"], "access": "viewer", "limit": "auth""#,
            "routes[0].limit",
        ),
    ] {
        let to = HEALTH.replacen(part, wrong, 1);
        assert_ne!(to, HEALTH);
        assert_eq!(place(HEALTH, &to), at, "{to}");
    }
    let default = r#""default": {"access": "user", "limit": null}"#;
    assert_eq!(
        place(default, &default.replace("user", "viewer")),
        "default.access"
    );
    assert_eq!(
        place(default, &default.replace("null", "\"pull\"")),
        "default.limit"
    );
}

#[test]
fn a_class_missing_in_one_plan_is_named_with_the_plan() {
    let (place, message) = broken(
        r#""pull": {"user": {"count": 1000,"#,
        r#""poll": {"user": {"count": 1000,"#,
    );
    assert!(place.starts_with("routes["), "{place}");
    assert!(
        message.contains("enterprise") && message.contains("pull"),
        "{message}"
    );
}

#[test]
fn keys_and_addresses_must_say_where_from() {
    let keys =
        r#"{"cluster": "local_app", "path": "/.well-known/jwks.json", "refresh_seconds": 5}"#;
    assert_eq!(place(keys, "{}"), "keys");
    assert_eq!(place(keys, r#"{"cluster": "local_app"}"#), "keys");
    assert_eq!(place(keys, &keys.replace('5', "0")), "keys.refresh_seconds");
    assert_eq!(place(keys, &keys.replace("\"/.", "\".")), "keys.path");
    assert_eq!(place(keys, &keys.replace("local_app", "")), "keys.cluster");
    assert_eq!(place(keys, r#"{"jwks": {"keys": []}}"#), "keys.jwks");
    assert_eq!(
        place(r#""x-imagehub-client""#, r#""X-Imagehub-Client""#),
        "client_address.header"
    );
    for peer in ["edge", "/svc", "/svc/edge/", "/svc/a/svc/b", ""] {
        assert_eq!(
            place(r#""/svc/edge""#, &format!("{peer:?}")),
            "client_address.trusted_peer"
        );
    }
    assert_eq!(
        place(r#""issuer": "imagehub""#, r#""issuer": """#),
        "issuer"
    );
}

#[test]
fn storage_is_named_for_every_plan_and_for_no_other() {
    let storage = r#""storage_bytes": {"personal": 1000000000,"#;
    for (wrong, at) in [
        (r#""storage_bytes": {"#, "storage_bytes"),
        (
            r#""storage_bytes": {"personal": 1000000000, "golden": 1,"#,
            "storage_bytes.golden",
        ),
        (
            r#""storage_bytes": {"personal": 9007199254740992,"#,
            "storage_bytes.personal",
        ),
        (
            r#""storage_bytes": {"personal": -1,"#,
            "storage_bytes.personal",
        ),
        (
            r#""storage_bytes": {"personal": "1 GB","#,
            "storage_bytes.personal",
        ),
    ] {
        assert_eq!(place(storage, wrong), at, "{wrong}");
    }
    let twice = r#""storage_bytes": {"personal": 1, "personal": 2,"#;
    assert_eq!(place(storage, twice), "storage_bytes");
}

#[test]
fn a_policy_without_storage_limits_none() {
    let (start, rest) = DOCUMENT.split_once("  \"storage_bytes\"").unwrap();
    let rest = rest.split_once('\n').unwrap().1;
    let policy = Policy::parse(format!("{start}{rest}").as_bytes()).unwrap();
    assert_eq!(policy.storage_bytes(&policy.plans()[0].name), None);
}

#[test]
fn a_links_limit_that_is_none_is_named() {
    let link = r#""link": {"count": 300, "window_seconds": 60}"#;
    for (wrong, at) in [
        (r#""link": 300"#, "anonymous.share.link"),
        (r#""link": {"count": 300}"#, "anonymous.share.link"),
        (
            r#""link": {"count": 300, "window_seconds": 0}"#,
            "anonymous.share.link.window_seconds",
        ),
        (
            r#""links": {"count": 300, "window_seconds": 60}"#,
            "anonymous.share.links",
        ),
    ] {
        assert_eq!(place(link, wrong), at, "{wrong}");
    }
}

#[test]
fn a_limit_of_bad_tokens_has_no_link_and_may_be_absent() {
    let limit = r#""bad_token": {"count": 300, "window_seconds": 60}"#;
    assert_eq!(
        place(
            limit,
            r#""bad_token": {"count": 3, "window_seconds": 60, "link": {"count": 3, "window_seconds": 60}}"#
        ),
        "anonymous.bad_token.link"
    );
    assert_eq!(
        place(limit, r#""bad_token": {"count": 3, "window_seconds": 0}"#),
        "anonymous.bad_token.window_seconds"
    );
    assert_eq!(
        place(limit, r#""bad_tokens": {"count": 3, "window_seconds": 60}"#),
        "anonymous.bad_tokens"
    );
    let without = DOCUMENT.replace(&format!(",\n    {limit}"), "");
    assert_ne!(without, DOCUMENT);
    let policy = Policy::parse(without.as_bytes()).unwrap();
    assert_eq!(policy.bad_token(), None);
}

#[test]
fn identity_headers_and_upgrades_that_are_none_are_named() {
    let issuer = r#""issuer": "imagehub","#;
    for (headers, at) in [
        (r#"["name"]"#, "identity_headers[0]"),
        (r#"["user", "role", "user"]"#, "identity_headers[2]"),
        (r#""user""#, "identity_headers"),
    ] {
        let to = format!(r#"{issuer} "identity_headers": {headers},"#);
        assert_eq!(place(issuer, &to), at, "{headers}");
    }
    for (upgrades, at) in [
        (r#"["websocket", "WebSocket"]"#, "routes[0].upgrades[1]"),
        (r#"[""]"#, "routes[0].upgrades[0]"),
        (r#""websocket""#, "routes[0].upgrades"),
    ] {
        let to = HEALTH.replace("null", &format!(r#"null, "upgrades": {upgrades}"#));
        assert_eq!(place(HEALTH, &to), at, "{upgrades}");
    }
}

#[test]
fn a_table_without_entries_or_with_too_many_is_refused() {
    for entries in ["0", "4194305", "-1"] {
        assert_eq!(
            place(
                r#""limit_slots": 65536"#,
                &format!(r#""limit_slots": {entries}"#)
            ),
            "limit_slots"
        );
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for bad in ["", "{", "null", "[]", "\u{feff}{}"] {
        assert!(Policy::parse(bad.as_bytes()).is_err(), "{bad}");
    }
    assert!(Policy::parse(format!("{DOCUMENT} {{}}").as_bytes()).is_err());
    assert!(Policy::parse("[".repeat(1_000_000).as_bytes()).is_err());
    assert!(Policy::parse(b"\xff\xfe").is_err());
}

#[test]
fn the_hash_is_that_of_the_very_bytes() {
    let one = Policy::parse(DOCUMENT.as_bytes()).unwrap();
    let other = Policy::parse(format!("{DOCUMENT} ").as_bytes()).unwrap();
    assert_ne!(one.hash(), other.hash());
    assert!(one.hash().len() == 12 && one.hash().bytes().all(|b| b.is_ascii_hexdigit()));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        prop_assert!(Policy::parse(&bytes).is_err());
    }

    #[test]
    fn no_damage_to_a_good_policy_makes_it_panic(at in any::<prop::sample::Index>(), with: Vec<u8>, cut in 0..40_usize) {
        let at = at.index(DOCUMENT.len());
        let mut document = DOCUMENT.as_bytes().to_vec();
        document.splice(at..(at + cut).min(DOCUMENT.len()), with);
        let _ = Policy::parse(&document);
    }
}
