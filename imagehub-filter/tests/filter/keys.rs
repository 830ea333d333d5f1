//! Where keys come from, and what happens while there are none.

use crate::proxy::{Call, Fate, Proxy, Worker, value};
use crate::support::{self, NOW, ann, other_jwks, signed_by_the_other_key, tenant_request};

fn fetching(proxy: &Proxy) -> Worker {
    let mut worker = proxy.worker();
    assert!(worker.configure(support::fetching_policy().as_bytes()));
    worker
}

fn only(mut calls: Vec<Call>) -> Call {
    let call = calls.pop().expect("a call");
    assert!(calls.is_empty(), "one call");
    call
}

/// A worker that has the keys of `support::jwks`.
fn supplied(proxy: &Proxy) -> Worker {
    let mut worker = fetching(proxy);
    worker.tick();
    let call = only(worker.take_calls());
    worker.answer(&call, Some(("200", support::jwks().as_bytes())));
    worker
}

fn request(worker: &mut Worker, token: &str) -> (u32, Fate) {
    worker.request(tenant_request("GET", "/t/ann", token))
}

#[test]
fn keys_are_fetched_on_the_first_tick_and_not_before() {
    let proxy = Proxy::started_at(NOW);
    let mut worker = fetching(&proxy);
    assert!(worker.take_calls().is_empty());
    assert_eq!(worker.tick_period(), 1, "at once");
    worker.tick();
    let call = only(worker.take_calls());
    assert_eq!(call.cluster, "local_app");
    assert_eq!(
        value(&call.headers, ":path"),
        Some("/.well-known/jwks.json")
    );
    assert_eq!(value(&call.headers, ":method"), Some("GET"));
    assert!(value(&call.headers, ":authority").is_some());
    worker.answer(&call, Some(("200", support::jwks().as_bytes())));
    assert_eq!(worker.tick_period(), 5000, "as the policy says");
    request(&mut worker, &ann()).1.passed();
    proxy.advance_millis(5000);
    worker.tick();
    only(worker.take_calls());
}

#[test]
fn a_cluster_that_is_not_known_yet_is_tried_again_soon() {
    let mut worker = fetching(&Proxy::started_at(NOW));
    worker.know_clusters(false);
    worker.tick();
    assert!(worker.take_calls().is_empty());
    assert_eq!(worker.tick_period(), 100);
    worker.know_clusters(true);
    worker.tick();
    only(worker.take_calls());
}

#[test]
fn without_keys_a_request_waits_and_goes_on_when_they_come() {
    let mut worker = fetching(&Proxy::started_at(NOW));
    let (context, fate) = request(&mut worker, &ann());
    assert!(fate.is_paused());
    worker.tick();
    let call = only(worker.take_calls());
    assert!(worker.exchange_mut(context).fate().is_paused());
    worker.answer(&call, Some(("200", support::jwks().as_bytes())));
    assert_eq!(worker.tick_period(), 1, "at once");
    worker.tick();
    let head = worker.exchange_mut(context).fate().passed();
    assert_eq!(value(&head, "x-imagehub-user"), Some("ann"));
}

#[test]
fn without_keys_for_two_seconds_the_answer_is_503() {
    let proxy = Proxy::started_at(NOW);
    let mut worker = fetching(&proxy);
    let (context, fate) = request(&mut worker, &ann());
    assert!(fate.is_paused());
    for _ in 0..17 {
        worker.tick_for_millis(100);
        for call in worker.take_calls() {
            worker.answer(&call, None);
        }
        assert!(worker.exchange_mut(context).fate().is_paused());
    }
    worker.tick_for_millis(200);
    let reply = worker.exchange_mut(context).fate().replied();
    assert_eq!(reply.status, 503);
    assert!(value(&reply.headers, "retry-after").is_some());
}

#[test]
fn a_clock_that_is_set_ends_no_wait_and_prolongs_none() {
    let proxy = Proxy::started_at(NOW);
    let mut worker = fetching(&proxy);
    let (context, _) = request(&mut worker, &ann());
    worker.tick_for_millis(1_000);
    proxy.advance_millis(3_600_000);
    worker.tick();
    assert!(worker.exchange_mut(context).fate().is_paused());
    proxy.go_back_millis(7_200_000);
    worker.tick_for_millis(900);
    assert_eq!(worker.exchange_mut(context).fate().status(), 503);
}

#[test]
fn an_unknown_key_causes_one_fetch_and_then_401() {
    let proxy = Proxy::started_at(NOW);
    let mut worker = supplied(&proxy);
    let stranger = signed_by_the_other_key();
    let (first, fate) = request(&mut worker, &stranger);
    assert!(fate.is_paused());
    assert!(
        worker.take_calls().is_empty(),
        "a request calls nobody itself"
    );
    assert_eq!(worker.tick_period(), 1, "at once");
    worker.tick();
    let (second, fate) = request(&mut worker, &stranger);
    assert!(fate.is_paused(), "waits for the same fetch");
    let call = only(worker.take_calls());
    assert!(call.timeout_millis <= 1000);
    worker.answer(&call, Some(("200", support::jwks().as_bytes())));
    worker.tick();
    for context in [first, second] {
        assert_eq!(worker.exchange_mut(context).fate().status(), 401);
    }

    proxy.advance_millis(9_000);
    assert_eq!(request(&mut worker, &stranger).1.status(), 401, "at once");
    assert!(worker.take_calls().is_empty());

    proxy.advance_millis(1_500);
    assert!(request(&mut worker, &stranger).1.is_paused());
    worker.tick();
    only(worker.take_calls());
}

#[test]
fn an_unknown_key_that_the_fetch_brings_is_as_good_as_any() {
    let mut worker = supplied(&Proxy::started_at(NOW));
    let (context, fate) = request(&mut worker, &signed_by_the_other_key());
    assert!(fate.is_paused());
    worker.tick();
    let call = only(worker.take_calls());
    worker.answer(&call, Some(("200", other_jwks().as_bytes())));
    worker.tick();
    worker.exchange_mut(context).fate().passed();
}

#[test]
fn nobody_waits_longer_than_a_second_for_one_key() {
    let proxy = Proxy::started_at(NOW);
    let mut worker = supplied(&proxy);
    let (context, _) = request(&mut worker, &signed_by_the_other_key());
    worker.tick();
    assert_eq!(worker.tick_period(), 100);
    worker.tick_for_millis(800);
    assert!(worker.exchange_mut(context).fate().is_paused());
    worker.tick_for_millis(200);
    assert_eq!(worker.exchange_mut(context).fate().status(), 401);
}

#[test]
fn a_bad_answer_leaves_the_last_good_keys() {
    let proxy = Proxy::started_at(NOW);
    let mut worker = supplied(&proxy);
    worker.take_log();
    let huge = vec![b' '; 70_000];
    for answer in [
        None,
        Some(("503", other_jwks().into_bytes())),
        Some(("200", b"not json".to_vec())),
        Some(("200", br#"{"keys":[]}"#.to_vec())),
        Some(("200", huge)),
    ] {
        proxy.advance_millis(5_000);
        worker.tick();
        let call = only(worker.take_calls());
        worker.answer(
            &call,
            answer
                .as_ref()
                .map(|(status, body)| (*status, body.as_slice())),
        );
        request(&mut worker, &ann()).1.passed();
    }
    let warnings = worker.take_log();
    assert_eq!(warnings.len(), 1, "said once: {warnings:?}");
}

#[test]
fn a_token_dies_with_its_key() {
    let proxy = Proxy::started_at(NOW);
    let mut worker = supplied(&proxy);
    request(&mut worker, &ann()).1.passed();
    proxy.advance_millis(5_000);
    worker.tick();
    let call = only(worker.take_calls());
    worker.answer(&call, Some(("200", other_jwks().as_bytes())));
    let (context, fate) = request(&mut worker, &ann());
    assert!(fate.is_paused(), "its key may come back");
    worker.tick();
    let call = only(worker.take_calls());
    worker.answer(&call, Some(("200", other_jwks().as_bytes())));
    worker.tick();
    assert_eq!(worker.exchange_mut(context).fate().status(), 401);
}

#[test]
fn who_leaves_while_waiting_is_forgotten() {
    let mut worker = fetching(&Proxy::started_at(NOW));
    let (context, fate) = request(&mut worker, &ann());
    assert!(fate.is_paused());
    worker.finish(context);
    worker.tick();
    let call = only(worker.take_calls());
    worker.answer(&call, Some(("200", support::jwks().as_bytes())));
    worker.tick();
}

#[test]
fn a_new_policy_begins_with_the_keys_at_hand() {
    let mut worker = supplied(&Proxy::started_at(NOW));
    assert!(worker.configure(format!("{} ", support::fetching_policy()).as_bytes()));
    request(&mut worker, &ann()).1.passed();
}
