//! What every response says.

use crate::proxy::{Proxy, headers, value};
use crate::support::{self, ann, public_request, tenant_request, worker};

fn is_version(header: Option<&str>) -> bool {
    header
        .and_then(|header| header.split_once(";policy="))
        .is_some_and(|(version, hash)| version == env!("CARGO_PKG_VERSION") && hash.len() == 12)
}

#[test]
fn a_limited_routes_response_says_what_is_left() {
    let (_proxy, mut worker) = worker();
    let (context, fate) = worker.request(tenant_request("GET", "/t/ann/images/1/pull", &ann()));
    fate.passed();
    let response = worker.response(context, headers(&[(":status", "404")]));
    assert!(is_version(value(&response, "x-imagehub-filter")));
    assert_eq!(
        value(&response, "ratelimit-policy"),
        Some(r#""user";q=10;w=60, "tenant";q=100;w=60"#)
    );
    assert_eq!(
        value(&response, "ratelimit"),
        Some(r#""user";r=9;t=6, "tenant";r=99;t=1"#)
    );
}

#[test]
fn an_unlimited_routes_response_says_only_who_let_it_through() {
    let (_proxy, mut worker) = worker();
    let (context, fate) = worker.request(public_request("GET", "/healthz"));
    fate.passed();
    let response = worker.response(context, headers(&[(":status", "200")]));
    assert!(is_version(value(&response, "x-imagehub-filter")));
    assert_eq!(value(&response, "ratelimit"), None);
}

#[test]
fn a_route_that_is_tried_out_says_what_it_would_have_refused() {
    let mut worker = Proxy::started_at(support::NOW).worker();
    let policy = support::policy();
    let shadow = policy.replace(r#""limit":"pull""#, r#""limit":"pull","enforce":"shadow""#);
    assert_ne!(shadow, policy);
    assert!(worker.configure(shadow.as_bytes()));
    let pull = || tenant_request("GET", "/t/ann/images/1/pull", &ann());
    let mut marks = Vec::new();
    for _ in 0..11 {
        let (context, fate) = worker.request(pull());
        fate.passed();
        let response = worker.response(context, headers(&[(":status", "200")]));
        let version = value(&response, "x-imagehub-filter").map(str::to_owned);
        marks.push(version.is_some_and(|version| version.ends_with(";would-refuse=rate_limited")));
    }
    assert_eq!(marks[..10], [false; 10]);
    assert!(marks[10]);
}

#[test]
fn the_application_cannot_speak_for_the_filter() {
    let (_proxy, mut worker) = worker();
    let (context, _) = worker.request(public_request("GET", "/healthz"));
    let response = worker.response(
        context,
        headers(&[(":status", "200"), ("x-imagehub-filter", "none")]),
    );
    let versions = response
        .iter()
        .filter(|(name, _)| name == b"x-imagehub-filter");
    assert_eq!(versions.count(), 1);
    assert!(is_version(value(&response, "x-imagehub-filter")));
}

#[test]
fn the_eleventh_pull_is_refused_with_a_time_to_come_back() {
    let (_proxy, mut worker) = worker();
    let ann = ann();
    for _ in 0..10 {
        let (context, fate) = worker.request(tenant_request("GET", "/t/ann/images/1/pull", &ann));
        fate.passed();
        worker.finish(context);
    }
    let (context, fate) = worker.request(tenant_request("GET", "/t/ann/images/1/pull", &ann));
    let reply = fate.replied();
    assert_eq!(reply.status, 429);
    assert_eq!(reply.details, "imagehub_rate_limited");
    assert!(is_version(value(&reply.headers, "x-imagehub-filter")));
    let seconds = value(&reply.headers, "retry-after").and_then(|text| text.parse::<u32>().ok());
    assert!(
        seconds.is_some_and(|seconds| (1..=7).contains(&seconds)),
        "{seconds:?}"
    );
    assert_eq!(
        value(&reply.headers, "content-type"),
        Some("application/problem+json")
    );

    // The proxy shows the filter its own answer's head too: nothing is said twice.
    assert_eq!(
        worker.response(context, reply.headers.clone()),
        reply.headers
    );
}

#[test]
fn an_own_answer_names_each_header_once() {
    let (_proxy, mut worker) = worker();
    let mut anonymous = tenant_request("GET", "/t/ann", "");
    anonymous
        .request
        .retain(|(name, _)| name != b"authorization");
    let reply = worker.request(anonymous).1.replied();
    let mut names: Vec<_> = reply.headers.iter().map(|(name, _)| name).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(
        (reply.status, names.len()),
        (401, all),
        "{:?}",
        reply.headers
    );
}
