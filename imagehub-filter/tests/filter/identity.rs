//! Nobody but the filter says who is asking.

use crate::proxy::{Headers, headers};
use crate::support::{ann, public_request, tenant_request, worker};

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
    let mut spoofed = headers(&[
        ("x-imagehub-user", "root"),
        ("X-ImageHub-Role", "owner"),
        ("x-imagehub-user", "root"),
        ("x-imagehub-client", "10.0.0.1"),
        ("x-imagehub-of-tomorrow", "yes"),
        ("x-imagehub-", ""),
    ]);
    spoofed.push((b"x-imagehub-\xff".to_vec(), b"\xfe".to_vec()));
    spoofed
}

#[test]
fn whatever_a_client_claims_the_application_is_told_what_the_token_says() {
    let (_proxy, mut worker) = worker();
    let mut exchange = tenant_request("GET", "/t/ann/images", &ann());
    exchange.request.extend(spoofed());
    let (_, fate) = worker.request(exchange);
    let expected = [
        ("x-imagehub-plan", "personal"),
        ("x-imagehub-role", "owner"),
        ("x-imagehub-tenant", "ann"),
        ("x-imagehub-user", "ann"),
    ];
    assert_eq!(
        told(&fate.passed()),
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
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
