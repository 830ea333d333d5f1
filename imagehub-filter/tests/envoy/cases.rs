//! The policy's decision cases over HTTP.

use std::time::{Duration, Instant};

use imagehub_policy::cases::{Case, Expected, Request, cases};
use imagehub_policy::identity_headers::PREFIX;

use crate::envoy::Envoy;
use crate::http::{self, Answer};
use crate::tokens;

/// With more requests before it, a case's outcome would depend on how fast the machine is.
const MAX_BEFORE: u32 = 10;

#[test]
fn a_plain_envoy_decides_as_the_policy_says() {
    decides_all(Envoy::start);
}

#[test]
fn the_packaged_module_decides_the_same_where_nothing_restricts_it() {
    decides_all(Envoy::start_packaged);
}

fn decides_all(start: fn(bool) -> Envoy) {
    let all = cases();
    let cases: Vec<_> = all.iter().filter(|case| is_for_envoy(case)).collect();
    assert!(
        cases.len() * 2 > all.len(),
        "{} of {}",
        cases.len(),
        all.len()
    );
    let spends = |case: &&&Case| {
        let limited =
            matches!(&case.expected, Expected::Allowed { rate_limit, .. } if rate_limit.is_some());
        limited || !case.before.is_empty()
    };
    for listed in [true, false] {
        let envoy = start(listed);
        for case in cases
            .iter()
            .filter(|case| case.keys_listed == listed && !spends(case))
        {
            decide(&envoy, case);
        }
    }
    // Each from full buckets.
    for case in cases.iter().filter(spends) {
        decide(&start(case.keys_listed), case);
    }
}

/// Envoy has one spelling for a path, refuses some heads before the filter sees them, and says itself what is an upgrade:
/// such cases are not for it.
fn is_for_envoy(case: &Case) -> bool {
    let malformed =
        matches!(&case.expected, Expected::Refused { code, .. } if *code == "malformed");
    let mut headers = case.request.headers.iter();
    let upgrade = headers.any(|(name, _)| matches!(*name, "upgrade" | ":protocol"));
    let before: u32 = case.before.iter().map(|(times, _)| times).sum();
    !malformed && !upgrade && before <= MAX_BEFORE
}

fn decide(envoy: &Envoy, case: &Case) {
    let name = case.name;
    let start = Instant::now();
    for (times, request) in &case.before {
        for _ in 0..*times {
            ask(envoy, request);
        }
    }
    envoy.upstream.take_heads();
    let answer = ask(envoy, &case.request);
    let heads = envoy.upstream.take_heads();
    assert!(answer.is_marked(), "{name}: {answer:?}: {}", envoy.log());
    match &case.expected {
        Expected::Allowed {
            identity,
            rate_limit,
        } => {
            assert_eq!(answer.status, 200, "{name}: {answer:?}");
            let [head] = &heads[..] else {
                panic!("{name}: {heads:?}")
            };
            let told: Vec<_> = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .filter(|(header, _)| header.starts_with(PREFIX))
                .collect();
            assert_eq!(told, *identity, "{name}");
            let buckets = answer.header("ratelimit");
            assert_eq!(
                buckets.is_some(),
                rate_limit.is_some(),
                "{name}: {answer:?}"
            );
            if let (Some(buckets), Some(expected)) = (buckets, rate_limit) {
                compare(name, &answer, buckets, expected, start.elapsed());
            }
        }
        Expected::Explained(texts) => {
            assert_eq!(answer.status, 200, "{name}: {answer:?}");
            assert!(heads.is_empty(), "{name}: {heads:?}");
            for text in texts {
                assert!(answer.body.contains(text), "{name}: {answer:?}");
            }
        }
        Expected::Refused {
            status,
            code,
            headers,
            ..
        } => {
            assert_eq!(answer.status, *status, "{name}: {answer:?}");
            assert!(heads.is_empty(), "{name}: {heads:?}");
            let named = answer.body.contains(code) || case.request.method == "HEAD";
            assert!(named, "{name}: {answer:?}");
            for (header, part) in headers {
                let value = answer
                    .header(header)
                    .unwrap_or_else(|| panic!("{name}: no {header}"));
                if *header == "ratelimit" {
                    compare(name, &answer, value, part, start.elapsed());
                } else {
                    assert!(value.contains(part), "{name}: {header}: {value}");
                }
            }
        }
    }
}

/// What is left, but for what came back while the case took its time.
fn compare(name: &str, answer: &Answer, buckets: &str, expected: &str, took: Duration) {
    let policy = answer
        .header("ratelimit-policy")
        .expect("the policy goes along");
    let (left, expected, quota) = (
        parameter(buckets, "r"),
        parameter(expected, "r"),
        parameter(policy, "q"),
    );
    assert_eq!(left.len(), expected.len(), "{name}: {buckets}");
    for ((left, expected), quota) in left.iter().zip(&expected).zip(quota) {
        let back = (took.as_secs_f64() * f64::from(quota) / 60.0).ceil();
        let most = f64::from(*expected) + back;
        assert!(
            left >= expected && f64::from(*left) <= most,
            "{name}: {buckets} after {took:?}"
        );
    }
}

/// The values of one parameter, an item after another.
fn parameter(list: &str, name: &str) -> Vec<u32> {
    let parameters = list
        .split([',', ';'])
        .filter_map(|text| text.trim().split_once('='));
    let values = parameters.filter(|(other, _)| *other == name);
    values
        .map(|(_, value)| value.parse().expect("a number"))
        .collect()
}

fn ask(envoy: &Envoy, request: &Request) -> Answer {
    let reissue = |value: &[u8]| match std::str::from_utf8(value) {
        Ok(text) => tokens::reissued(text).into_bytes(),
        Err(_) => value.to_vec(),
    };
    let headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| (*name, reissue(value)))
        .collect();
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, &value[..]))
        .collect();
    http::ask(envoy.port, request.method, &request.path, &headers)
}
