//! What is counted, and what the access log is told.

use crate::proxy::{Proxy, Worker, headers};
use crate::support::{self, NOW, ann, public_request, tenant_request, worker};

const FLUSH_MILLIS: u64 = 5_000;

fn ask(worker: &mut Worker, times: u32, method: &str, path: &str, token: &str) {
    for _ in 0..times {
        let (context, _) = worker.request(tenant_request(method, path, token));
        worker.finish(context);
    }
}

fn requests(proxy: &Proxy, verdict: &str, plan: &str, rule: &str) -> i64 {
    let name = format!("imagehub_requests_total;verdict={verdict};plan={plan};rule={rule}");
    proxy.counters.borrow().get(&name)
}

#[test]
fn requests_are_counted_by_verdict_plan_and_rule_and_handed_over_on_a_tick() {
    let (proxy, mut worker) = worker();
    let pull = "/t/{tenant}/images/{name}/pull";
    ask(&mut worker, 12, "GET", "/t/ann/images/1/pull", &ann());
    ask(&mut worker, 3, "GET", "/t/ann/images/1/pull", "junk");
    ask(&mut worker, 2, "GET", "/t/other/images/1/pull", &ann());
    ask(&mut worker, 1, "GET", "/no/rule", &ann());
    ask(&mut worker, 1, "GET", "//", &ann());
    assert_eq!(proxy.counters.borrow().len(), 0);
    worker.tick_for_millis(FLUSH_MILLIS);
    assert_eq!(requests(&proxy, "allowed", "personal", pull), 10);
    assert_eq!(requests(&proxy, "limited", "personal", pull), 2);
    assert_eq!(requests(&proxy, "unauthenticated", "none", pull), 3);
    assert_eq!(requests(&proxy, "forbidden", "none", pull), 2);
    assert_eq!(requests(&proxy, "allowed", "none", "default"), 1);
    assert_eq!(requests(&proxy, "malformed", "none", "none"), 1);
    let before = proxy.counters.borrow().len();
    worker.tick_for_millis(FLUSH_MILLIS);
    assert_eq!(requests(&proxy, "limited", "personal", pull), 2);
    assert_eq!(proxy.counters.borrow().len(), before);
}

#[test]
fn the_counters_of_two_workers_are_the_same() {
    let (proxy, mut one) = worker();
    let mut two = proxy.worker();
    assert!(two.configure(support::policy().as_bytes()));
    for worker in [&mut one, &mut two] {
        ask(worker, 1, "GET", "/t/ann", &ann());
        worker.tick_for_millis(FLUSH_MILLIS);
    }
    assert_eq!(requests(&proxy, "allowed", "personal", "/t/{tenant}"), 2);
}

#[test]
fn tokens_seen_before_fetches_and_waits_are_counted() {
    let proxy = Proxy::started_at(NOW);
    let mut worker = proxy.worker();
    assert!(worker.configure(support::fetching_policy().as_bytes()));
    let (_, fate) = worker.request(tenant_request("GET", "/t/ann", &ann()));
    assert!(fate.is_paused());
    worker.tick();
    for call in worker.take_calls() {
        worker.answer(&call, None);
    }
    worker.tick_for_millis(200);
    for call in worker.take_calls() {
        worker.answer(&call, Some(("200", support::jwks().as_bytes())));
    }
    ask(&mut worker, 3, "GET", "/t/ann", &ann());
    worker.tick_for_millis(FLUSH_MILLIS);
    let counters = proxy.counters.borrow();
    for (name, value) in [
        ("imagehub_key_waits_total", 1),
        ("imagehub_key_fetch_failures_total", 1),
        ("imagehub_token_cache_hits_total", 3),
    ] {
        assert_eq!(counters.get(name), value, "{name}");
    }
    assert!(counters.get("imagehub_key_fetches_total") >= 2);
    assert!(counters.get("imagehub_token_cache_misses_total") >= 1);
}

#[test]
fn the_access_log_is_told_the_rule_and_the_verdict_of_what_is_refused() {
    let (_proxy, mut worker) = worker();
    let (context, _) = worker.request(public_request("GET", "/t/ann"));
    let told = &worker.exchange_mut(context).properties;
    assert_eq!(told["imagehub_verdict"], "unauthenticated");
    assert_eq!(told["imagehub_rule"], "/t/{tenant}");
}

#[test]
fn the_access_log_is_told_what_a_rule_that_is_tried_out_would_do() {
    let proxy = Proxy::started_at(NOW);
    let mut worker = proxy.worker();
    let pull = r#""path":"/t/{tenant}/images/{name}/pull""#;
    let shadow = support::policy().replace(pull, &format!(r#""enforce":"shadow",{pull}"#));
    assert!(worker.configure(shadow.as_bytes()));
    ask(&mut worker, 10, "GET", "/t/ann/images/1/pull", &ann());
    let (context, fate) = worker.request(tenant_request("GET", "/t/ann/images/1/pull", &ann()));
    fate.passed();
    worker.response(context, headers(&[(":status", "200")]));
    let told = &worker.exchange_mut(context).properties;
    assert_eq!(told["imagehub_verdict"], "would-limit");
    assert_eq!(told["imagehub_rule"], "/t/{tenant}/images/{name}/pull");
    worker.tick_for_millis(FLUSH_MILLIS);
    let rule = "/t/{tenant}/images/{name}/pull";
    assert_eq!(requests(&proxy, "would-limit", "personal", rule), 1);
}
