//! Nobody but the filter says who is asking.

use crate::proxy::{Headers, Proxy, headers};
use crate::support::{self, ann, public_request, tenant_request, worker};

fn told(head: &Headers) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut told: Vec<_> = head
        .iter()
        .map(|(name, value)| (text(name).to_lowercase(), text(value)))
        .filter(|(name, _)| name.starts_with("x-imagehub"))
        .collect();
    told.sort();
    told
}

fn spoofed() -> Headers {
    headers(&[
        ("x-imagehub-user", "root"),
        ("X-ImageHub-Role", "owner"),
        ("x-imagehub-user", "root"),
        ("x-imagehub-client", "10.0.0.1"),
        ("x-imagehub-of-tomorrow", "yes"),
        ("x-imagehub-", ""),
    ])
}

#[test]
fn whatever_a_client_claims_the_application_is_told_what_the_token_says() {
    let (_proxy, mut worker) = worker();
    let mut exchange = tenant_request("GET", "/t/ann/images", &ann());
    exchange.request.extend(spoofed());
    let (_, fate) = worker.request(exchange);
    let expected = [("x-imagehub-tenant", "ann"), ("x-imagehub-user", "ann")];
    assert_eq!(told(&fate.passed()), owned(&expected));
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn the_application_is_told_what_the_policy_names() {
    let mut worker = Proxy::started_at(support::NOW).worker();
    let more = support::policy().replacen('{', r#"{"identity_headers":["role","plan"],"#, 1);
    assert!(worker.configure(more.as_bytes()));
    let mut exchange = tenant_request("GET", "/t/ann/images", &ann());
    exchange.request.extend(spoofed());
    let (_, fate) = worker.request(exchange);
    let expected = [
        ("x-imagehub-plan", "personal"),
        ("x-imagehub-role", "owner"),
    ];
    assert_eq!(told(&fate.passed()), owned(&expected));
}

/// What the application is told of the client's address, if a peer sends these values.
fn address_told(peer: &str, values: &[&str]) -> Vec<(String, String)> {
    let (_proxy, mut worker) = worker();
    let mut exchange = public_request("GET", "/healthz");
    exchange.peer = format!("spiffe://11111111.consul/{peer}").into_bytes();
    for value in values {
        exchange
            .request
            .extend(headers(&[("x-imagehub-client", value)]));
    }
    told(&worker.request(exchange).1.passed())
}

#[test]
fn the_edges_word_on_the_clients_address_goes_on_and_nobody_elses() {
    let edge = "ns/default/dc/dc1/svc/edge";
    assert_eq!(
        address_told(edge, &["192.0.2.1"]),
        owned(&[("x-imagehub-client", "192.0.2.1")])
    );
    for (peer, values) in [
        (edge, &["192.0.2.1", "192.0.2.2"][..]),
        (edge, &["nowhere"]),
        ("ns/default/dc/dc1/svc/edge2", &["192.0.2.1"]),
        ("ns/default/dc/dc1/svc/my/svc/edge", &["192.0.2.1"]),
        ("", &["192.0.2.1"]),
    ] {
        assert_eq!(address_told(peer, values), [], "{peer} {values:?}");
    }
}

#[test]
fn on_public_routes_nobody_is_anybody() {
    let (_proxy, mut worker) = worker();
    let mut exchange = public_request("GET", "/healthz");
    exchange.request.extend(spoofed());
    let (_, fate) = worker.request(exchange);
    assert_eq!(told(&fate.passed()), []);
}

#[test]
fn trailers_claim_nothing_either() {
    let (_proxy, mut worker) = worker();
    let (context, fate) = worker.request(tenant_request("POST", "/t/ann/images", &ann()));
    fate.passed();
    let mut trailers = spoofed();
    trailers.extend(headers(&[("x-checksum", "1")]));
    assert_eq!(
        worker.trailers(context, trailers),
        headers(&[("x-checksum", "1")])
    );
}

#[test]
fn the_rest_of_the_head_is_left_alone() {
    let (_proxy, mut worker) = worker();
    let exchange = tenant_request("GET", "/t/ann/images?tag=x", &ann());
    let before = exchange.request.clone();
    let (_, fate) = worker.request(exchange);
    let after: Headers = fate
        .passed()
        .into_iter()
        .filter(|(name, _)| !name.starts_with(b"x-imagehub-"))
        .collect();
    assert_eq!(after, before);
}
