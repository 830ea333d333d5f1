//! However many requests wait, each call of the VM decides on few of them.

use crate::proxy::{Exchange, Fate, Proxy, Worker};
use crate::support::{self, NOW, ann, signed_by_the_other_key, tenant_request};

/// Some three hundred end the VM of a real proxy.
const REPLIES_PER_CALL: usize = 64;

fn from(client: usize, token: &str) -> Exchange {
    let mut exchange = tenant_request("GET", "/t/ann", token);
    let [.., c, d] = client.to_be_bytes();
    exchange.source_address = format!("10.0.{c}.{d}:4711").into_bytes();
    exchange
}

fn fetching() -> Worker {
    let mut worker = Proxy::started_at(NOW).worker();
    assert!(worker.configure(support::fetching_policy().as_bytes()));
    worker
}

fn supplied() -> Worker {
    let mut worker = fetching();
    worker.tick();
    answer(&mut worker, true);
    worker
}

fn answer(worker: &mut Worker, listed: bool) {
    let jwks = support::jwks();
    for call in worker.take_calls() {
        worker.answer(&call, listed.then_some(("200", jwks.as_bytes())));
    }
}

/// Makes so many requests with the same token from clients of eight requests each; the contexts of those that wait.
fn arrive(worker: &mut Worker, count: usize, token: &str) -> Vec<u32> {
    (0..count)
        .map(|number| worker.request(from(number / 8, token)))
        .filter(|(_, fate)| fate.is_paused())
        .map(|(context, _)| context)
        .collect()
}

fn statuses(worker: &mut Worker, contexts: &[u32]) -> Vec<u16> {
    let mut statuses: Vec<u16> = contexts
        .iter()
        .map(|context| worker.exchange_mut(*context).fate().status())
        .collect();
    statuses.dedup();
    statuses
}

#[test]
fn of_4000_forged_tokens_256_wait_and_are_refused_64_a_tick() {
    for answered in [true, false] {
        let mut worker = supplied();
        let waiting = arrive(&mut worker, 4_000, &signed_by_the_other_key());
        assert_eq!(waiting.len(), 256);
        worker.tick();
        answer(&mut worker, answered);
        worker.tick_for_millis(16);
        assert_eq!(statuses(&mut worker, &waiting), [401]);
        assert_eq!(worker.most_replies(), REPLIES_PER_CALL);
    }
}

#[test]
fn of_4000_requests_256_wait_for_the_first_keys_and_go_on_64_a_tick() {
    let mut worker = fetching();
    let waiting = arrive(&mut worker, 4_000, &ann());
    assert_eq!(waiting.len(), 256);
    worker.tick();
    answer(&mut worker, true);
    worker.tick_for_millis(16);
    assert!(
        waiting
            .iter()
            .all(|context| { matches!(worker.exchange_mut(*context).fate(), Fate::Passed(_)) })
    );
    assert_eq!(worker.most_replies(), REPLIES_PER_CALL);
}

#[test]
fn without_any_answer_4000_requests_are_refused_64_a_tick() {
    let mut worker = fetching();
    let waiting = arrive(&mut worker, 4_000, &ann());
    worker.tick_for_millis(2_000);
    assert_eq!(statuses(&mut worker, &waiting), [503]);
    assert_eq!(worker.most_replies(), REPLIES_PER_CALL);
}

#[test]
fn a_token_whose_key_is_known_never_waits() {
    let mut worker = supplied();
    assert!(!arrive(&mut worker, 2_000, &signed_by_the_other_key()).is_empty());
    worker.request(from(9, &ann())).1.passed();
}

#[test]
fn one_client_takes_64_places_and_leaves_the_others() {
    let mut worker = supplied();
    let forged = signed_by_the_other_key();
    let waits = |worker: &mut Worker, client| worker.request(from(client, &forged)).1.is_paused();
    let of_one = (0..1_000).filter(|_| waits(&mut worker, 1)).count();
    assert_eq!(of_one, 64);
    assert!(waits(&mut worker, 2));
}

#[test]
fn who_leaves_makes_room() {
    let mut worker = supplied();
    let waiting = arrive(&mut worker, 2_000, &signed_by_the_other_key());
    let stranger = || from(500, &signed_by_the_other_key());
    assert!(!worker.request(stranger()).1.is_paused());
    worker.finish(waiting[0]);
    assert!(worker.request(stranger()).1.is_paused());
}

#[test]
fn what_was_resumed_is_told_what_its_limits_have_left() {
    let mut worker = fetching();
    let (context, fate) = worker.request(from(1, &ann()));
    assert!(fate.is_paused());
    worker.tick();
    answer(&mut worker, true);
    worker.tick();
    let head = crate::proxy::headers(&[(":status", "200")]);
    let response = worker.response(context, head);
    let left = crate::proxy::value(&response, "ratelimit");
    assert_eq!(left, Some(r#""user";r=599;t=1, "tenant";r=5999;t=1"#));
}
