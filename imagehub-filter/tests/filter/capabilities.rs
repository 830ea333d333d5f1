//! The mesh lets the module do what it does, and nothing else.

use std::collections::BTreeSet;

use crate::proxy::{CALLBACKS, Proxy, compiled};
use crate::support::{self, NOW, ann, public_request, tenant_request};

/// The names of `AllowedCapabilities`.
fn allowed() -> BTreeSet<&'static str> {
    let entry = include_str!("../../../consul/config-entries/imagehub-app.hcl");
    let (_, list) = entry
        .split_once("AllowedCapabilities")
        .expect("a restriction");
    let (list, _) = list
        .split_once("{\n")
        .and_then(|(_, list)| list.split_once("\n          }"))
        .expect("a list");
    list.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim())
        .collect()
}

/// The SDK imports every function there is. One that is called and not allowed fails every test here, and would end the
/// VM in the mesh.
#[test]
fn the_mesh_allows_exactly_the_functions_that_the_module_calls() {
    let mut worker = Proxy::started_at(NOW).worker();
    assert!(worker.configure(support::fetching_policy().as_bytes()));
    let (waiting, fate) = worker.request(tenant_request("GET", "/t/ann", &ann()));
    assert!(fate.is_paused());
    worker.tick();
    for call in worker.take_calls() {
        worker.answer(&call, Some(("200", support::jwks().as_bytes())));
    }
    worker.tick();
    worker.exchange_mut(waiting).fate().passed();
    let mut spoofed = public_request("GET", "/plans");
    spoofed
        .request
        .push((b"x-imagehub-user".to_vec(), b"root".to_vec()));
    worker.request(spoofed).1.passed();
    let anonymous = worker.request(public_request("GET", "/t/ann")).1;
    assert_eq!(anonymous.replied().status, 401);
    worker.tick_for_millis(5_000);

    let functions = allowed()
        .into_iter()
        .filter(|name| !name.starts_with("proxy_on_"));
    assert_eq!(&functions.collect::<BTreeSet<_>>(), worker.called());
}

/// The SDK exports every callback there is; the proxy enters those that are allowed.
#[test]
fn the_mesh_allows_exactly_the_callbacks_that_these_tests_enter() {
    let exports: BTreeSet<_> = compiled().exports().map(|export| export.name()).collect();
    for callback in CALLBACKS {
        assert!(exports.contains(callback), "{callback}");
    }
    let callbacks = allowed()
        .into_iter()
        .filter(|name| name.starts_with("proxy_on_"));
    assert_eq!(
        callbacks.collect::<BTreeSet<_>>(),
        BTreeSet::from(CALLBACKS)
    );
}
