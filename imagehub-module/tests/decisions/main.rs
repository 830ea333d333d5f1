//! The decision cases of the policy, decided by the module inside a real Envoy.

mod envoy;
mod http;

use std::path::PathBuf;

use imagehub_policy::cases::{Case, Expected, cases};
use imagehub_policy::test_support;
use serde_json::{Value, json};

use envoy::Envoy;

/// The policy as shipped: its keys would have to be fetched.
const POLICY: &str = include_str!("../../../consul/policy.json");

/// Identity headers, and where the response shows what came behind the module.
const TOLD: [(&str, &str); 4] = [
    ("x-imagehub-user", "told-user"),
    ("x-imagehub-tenant", "told-tenant"),
    ("x-imagehub-role", "told-role"),
    ("x-imagehub-plan", "told-plan"),
];

/// What never gets as far as the module, and how Envoy answers it.
const REFUSED_BY_ENVOY: [(&str, u16); 2] = [
    ("a path that is no text is malformed", 400),
    ("an upgrade that is no text is malformed", 403),
];

#[test]
fn envoy_decides_every_case_as_the_policy_says() {
    // HTTP/1 has no way to send an extended CONNECT.
    let sendable = |case: &Case| {
        let headers = &case.request.headers;
        headers.iter().all(|(name, _)| !name.starts_with(':'))
    };
    let cases: Vec<Case> = cases().into_iter().filter(sendable).collect();
    // Each case has a listener of its own, so that it begins with full buckets.
    let listeners = cases.iter().enumerate();
    let envoy = Envoy::start(listeners.map(|(index, case)| listener_of(index, case)));
    for (index, case) in cases.iter().enumerate() {
        let port = envoy.port(&name_of(index));
        match REFUSED_BY_ENVOY.iter().find(|(name, _)| *name == case.name) {
            Some((name, status)) => {
                let answer = http::send(port, &case.request);
                assert_eq!(answer.status, *status, "{name}: {answer:?}");
            }
            None => decide(case, port),
        }
    }
}

#[test]
fn a_panic_costs_one_request_and_nothing_else() {
    let name = "trap";
    let listener = envoy::listener(name, &module("imagehub-trap", POLICY), &[], &[]);
    let envoy = Envoy::start(std::iter::once(listener));
    let ask = |headers: &[_]| http::get_with(envoy.port(name), "/healthz", headers);
    for _ in 0..3 {
        let answer = ask(&[("x-imagehub-trap", b"panic".to_vec())]);
        assert_eq!(answer.status, 503, "{answer:?}");
        let answer = ask(&[]);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.header("x-imagehub-filter").is_some(), "{answer:?}");
    }
}

fn decide(case: &Case, port: u16) {
    let name = case.name;
    for (times, request) in &case.before {
        for _ in 0..*times {
            http::send(port, request);
        }
    }
    let answer = http::send(port, &case.request);
    let header = |name: &str| answer.header(name);
    match &case.expected {
        Expected::Allowed {
            identity,
            rate_limit,
        } => {
            assert_eq!(answer.status, 200, "{name}: {answer:?}");
            assert!(header("x-imagehub-filter").is_some(), "{name}: {answer:?}");
            assert_eq!(header("ratelimit"), *rate_limit, "{name}");
            for (sent, shown) in TOLD {
                let expected = identity.iter().find(|(header, _)| *header == sent);
                assert_eq!(
                    header(shown),
                    expected.map(|(_, value)| *value),
                    "{name}: {sent}"
                );
            }
        }
        Expected::Explained(texts) => {
            assert_eq!(answer.status, 200, "{name}: {answer:?}");
            assert!(header("x-imagehub-filter").is_some(), "{name}: {answer:?}");
            for text in texts {
                assert!(answer.body.contains(text), "{name}: {answer:?}");
            }
        }
        Expected::Refused {
            status,
            code,
            headers,
            awaits_keys: _,
        } => {
            assert_eq!(answer.status, *status, "{name}: {answer:?}");
            assert!(header("x-imagehub-filter").is_some(), "{name}: {answer:?}");
            for (wanted, text) in headers {
                let found = header(wanted);
                assert!(
                    found.is_some_and(|found| found.contains(text)),
                    "{name}: {wanted} is {found:?}"
                );
            }
            if case.request.method != "HEAD" {
                let names_it = [
                    format!(r#""code":"{code}""#),
                    format!(r#"data-code="{code}""#),
                ];
                assert!(
                    names_it.iter().any(|text| answer.body.contains(text)),
                    "{name}: {answer:?}"
                );
            }
            if let Some(link) = case.link {
                assert!(
                    answer.body.contains(&format!("href=\"{link}\"")),
                    "{name}: {answer:?}"
                );
            }
        }
    }
}

fn name_of(index: usize) -> String {
    format!("case-{index}")
}

/// A listener that runs the module with the shipped policy, and shows what came behind it.
fn listener_of(index: usize, case: &Case) -> Value {
    // Without keys in it, the module has none: it fetches none.
    let policy = if case.keys_listed {
        with_keys(POLICY)
    } else {
        POLICY.to_owned()
    };
    let shown: Vec<Value> = TOLD
        .iter()
        .map(|(sent, shown)| json!({"header": {"key": shown, "value": format!("%REQ({sent})%")}}))
        .collect();
    let upgrades: Vec<&str> = case
        .request
        .headers
        .iter()
        .filter(|(name, _)| *name == "upgrade")
        .filter_map(|(_, value)| std::str::from_utf8(value).ok())
        .collect();
    let module = module("imagehub", &policy);
    envoy::listener(&name_of(index), &module, &shown, &upgrades)
}

/// The module as a filter of that name.
fn module(name: &str, policy: &str) -> Value {
    json!({
        "name": "envoy.filters.http.dynamic_modules",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter",
            "dynamic_module_config": {"name": "imagehub_module"},
            "filter_name": name,
            "filter_config": {
                "@type": "type.googleapis.com/google.protobuf.StringValue",
                "value": policy
            }
        }
    })
}

/// The policy with the test's key in place of where to fetch keys. As text: the order of plans counts.
fn with_keys(policy: &str) -> String {
    let (before, rest) = policy.split_once(r#""keys": {"#).expect("it has keys");
    let (_, after) = rest.split_once('}').expect("to an end");
    let jwks = test_support::jwks();
    format!(r#"{before}"keys": {{"jwks": {jwks}}}{after}"#)
}

/// Where cargo puts the module: beside this test.
fn module_folder() -> PathBuf {
    let test = std::env::current_exe().expect("this test is a file");
    let folder = test.parent().expect("it is in a folder").to_path_buf();
    assert!(folder.join("libimagehub_module.so").is_file(), "{folder:?}");
    folder
}
