//! The decision cases of the policy, decided by the module inside a real Envoy.

mod envoy;
mod http;

use std::path::PathBuf;

use imagehub_policy::cases::{Case, Expected, POLICY, cases};
use imagehub_policy::test_support;
use serde_json::{Value, json};

use envoy::Envoy;

/// Identity headers, and where the response shows what came behind the module.
const TOLD: [(&str, &str); 4] = [
    ("x-imagehub-user", "told-user"),
    ("x-imagehub-tenant", "told-tenant"),
    ("x-imagehub-role", "told-role"),
    ("x-imagehub-plan", "told-plan"),
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
    let envoy = Envoy::start(listeners.map(|(index, case)| listener(index, case)));
    for (index, case) in cases.iter().enumerate() {
        decide(case, envoy.port(&name_of(index)));
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
        Expected::Refused {
            status: 400,
            code: "malformed",
            ..
        } if header("x-imagehub-filter").is_none() => {
            assert_eq!(answer.status, 400, "{name}: {answer:?}");
            assert!(
                !std::str::from_utf8(&case.request.path).is_ok_and(|path| path.is_ascii()),
                "{name}: Envoy itself refused more than a path that is no text: {answer:?}"
            );
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
fn listener(index: usize, case: &Case) -> Value {
    let shipped = std::str::from_utf8(POLICY).expect("the shipped policy is text");
    // Without keys in it, the module has none: it fetches none.
    let policy = if case.keys_listed {
        with_keys(shipped)
    } else {
        shipped.to_owned()
    };
    let shown: Vec<Value> = TOLD
        .iter()
        .map(|(sent, shown)| json!({"header": {"key": shown, "value": format!("%REQ({sent})%")}}))
        .collect();
    let module = json!({
        "name": "envoy.filters.http.dynamic_modules",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter",
            "dynamic_module_config": {"name": "imagehub_module"},
            "filter_name": "imagehub",
            "filter_config": {
                "@type": "type.googleapis.com/google.protobuf.StringValue",
                "value": policy
            }
        }
    });
    envoy::listener(&name_of(index), &module, &shown)
}

/// The policy with the test's key in place of where to fetch keys. As text: the order of plans counts.
fn with_keys(policy: &str) -> String {
    let (before, rest) = policy.split_once(r#""keys": {"#).expect("it has keys");
    let (_, after) = rest.split_once('}').expect("to an end");
    let jwks = test_support::jwks();
    format!(r#"{before}"keys": {{"jwks": {jwks}}}{after}"#)
}

/// Where cargo puts the module: beside the folder of this test. Cargo builds none for a test.
fn module_folder() -> PathBuf {
    let test = std::env::current_exe().expect("this test is a file");
    let profile = test.ancestors().nth(2).expect("target/PROFILE/deps/TEST");
    assert!(
        profile.join("libimagehub_module.so").is_file(),
        "`cargo build -p imagehub-module --features test-clock` makes the module"
    );
    profile.to_path_buf()
}
