//! All workers of a proxy count together, to the request.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::proxy::{Fate, Proxy, Worker};
use crate::support::{self, NOW, ann, public_request, tenant_request};

fn configured(proxy: &Proxy) -> Worker {
    let mut worker = proxy.worker();
    assert!(worker.configure(support::policy().as_bytes()));
    worker
}

fn pull(worker: &mut Worker, token: &str) -> bool {
    let (context, fate) = worker.request(tenant_request("GET", "/t/ann/images/1/pull", token));
    worker.finish(context);
    match fate {
        Fate::Passed(_) => true,
        other => {
            assert_eq!(other.status(), 429);
            false
        }
    }
}

#[test]
fn workers_that_take_turns_admit_the_limit_together() {
    let proxy = Proxy::started_at(NOW);
    let mut workers = [configured(&proxy), configured(&proxy)];
    let ann = ann();
    let admitted = (0..40)
        .filter(|turn| pull(&mut workers[turn % 2], &ann))
        .count();
    assert_eq!(admitted, 10);
}

#[test]
fn a_worker_that_is_overtaken_between_reading_and_writing_counts_again() {
    let proxy = Proxy::started_at(NOW);
    let mut one = configured(&proxy);
    let other = Rc::new(RefCell::new(configured(&proxy)));
    let overtaken = Rc::new(Cell::new(0));
    let ann = ann();
    let mut admitted = 0;
    for _ in 0..12 {
        let (other, count, token) = (Rc::clone(&other), Rc::clone(&overtaken), ann.clone());
        one.before_next_write(move || {
            if pull(&mut other.borrow_mut(), &token) {
                count.set(count.get() + 1);
            }
        });
        admitted += u32::from(pull(&mut one, &ann));
    }
    assert!(overtaken.get() > 0, "the workers did meet");
    assert_eq!(admitted + overtaken.get(), 10);
}

#[test]
fn a_worker_that_starts_late_forgives_no_debt() {
    let proxy = Proxy::started_at(NOW);
    let mut early = configured(&proxy);
    let ann = ann();
    assert_eq!((0..8).filter(|_| pull(&mut early, &ann)).count(), 8);
    let mut late = configured(&proxy);
    assert_eq!((0..8).filter(|_| pull(&mut late, &ann)).count(), 2);
}

#[test]
fn a_new_policy_forgives_no_debt() {
    let proxy = Proxy::started_at(NOW);
    let mut worker = configured(&proxy);
    let ann = ann();
    assert_eq!((0..8).filter(|_| pull(&mut worker, &ann)).count(), 8);
    assert!(worker.configure(format!("{} ", support::policy()).as_bytes()));
    assert_eq!((0..8).filter(|_| pull(&mut worker, &ann)).count(), 2);
}

#[test]
fn clients_leave_no_memory_behind_in_the_proxy() {
    let proxy = Proxy::started_at(NOW);
    let mut worker = configured(&proxy);
    let (values, bytes) = {
        let shared = proxy.shared.borrow();
        (shared.len(), shared.bytes())
    };
    for client in 0..20_000_u32 {
        let mut exchange = public_request("GET", "/plans");
        let [_, b, c, d] = client.to_be_bytes();
        exchange.source_address = format!("10.{b}.{c}.{d}:4711").into_bytes();
        let (context, fate) = worker.request(exchange);
        fate.passed();
        worker.finish(context);
    }
    let shared = proxy.shared.borrow();
    assert_eq!((shared.len(), shared.bytes()), (values, bytes));
}

#[test]
fn the_edges_word_on_the_clients_address_counts_and_nobody_elses() {
    let proxy = Proxy::started_at(NOW);
    let mut worker = configured(&proxy);
    let mut log_ins = |peer: &str, client: &str| {
        (0..100)
            .filter(|_| {
                let mut exchange = public_request("POST", "/login");
                exchange
                    .request
                    .push((b"x-imagehub-client".to_vec(), client.as_bytes().to_vec()));
                exchange.peer = peer.as_bytes().to_vec();
                exchange.source_address = b"127.0.0.1:4711".to_vec();
                let (context, fate) = worker.request(exchange);
                worker.finish(context);
                matches!(fate, Fate::Passed(_))
            })
            .count()
    };
    let edge = "spiffe://11111111.consul/ns/default/dc/dc1/svc/edge";
    let other = "spiffe://11111111.consul/ns/default/dc/dc1/svc/not-the-edge";
    assert_eq!(log_ins(edge, "192.0.2.1"), 60);
    assert_eq!(log_ins(edge, "192.0.2.2"), 60, "another client");
    assert_eq!(log_ins(edge, "192.0.2.1"), 0, "the same client");
    assert_eq!(log_ins(other, "192.0.2.3"), 60, "counted by the connection");
    assert_eq!(log_ins("", "192.0.2.4"), 0, "the same connection");
}
