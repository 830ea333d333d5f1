//! A configuration is taken whole or not at all.

use crate::proxy::{Proxy, headers, value};
use crate::support::{self, NOW, ann, public_request, random, tenant_request, worker};

#[test]
fn a_bad_configuration_is_refused_by_the_path_of_what_is_wrong_and_the_running_one_goes_on() {
    let (_proxy, mut worker) = worker();
    worker.take_log();
    for (wrong, path) in [
        (
            support::policy().replace(r#""access":"viewer""#, r#""access":"everyone""#),
            "routes[",
        ),
        (
            support::policy().replace(r#""issuer":"#, r#""isuer":"#),
            "isuer",
        ),
        (
            support::policy().replace(r#""count":10,"#, r#""count":-1,"#),
            "plans.personal.pull.user.count",
        ),
        (String::new(), "EOF"),
    ] {
        assert!(
            !worker.configure(wrong.as_bytes()),
            "should be refused: {path}"
        );
        let log = worker.take_log();
        assert!(
            log.iter()
                .any(|line| line.starts_with("error: imagehub:") && line.contains(path)),
            "{path} is not named: {log:?}"
        );
    }
    let (_, fate) = worker.request(tenant_request("GET", "/t/ann", &ann()));
    fate.passed();
}

#[test]
fn no_configuration_traps() {
    let mut worker = Proxy::started_at(NOW).worker();
    let mut random = random(1);
    let good = support::policy().into_bytes();
    for _ in 0..300 {
        let mut bytes = good.clone();
        for _ in 0..random.below(4) + 1 {
            let at = random.below(bytes.len());
            bytes[at] = random.byte();
        }
        bytes.truncate(bytes.len() - random.below(2) * random.below(good.len()));
        worker.configure(&bytes);
        let junk = random.bytes(200);
        worker.configure(&junk);
    }
    assert!(worker.configure(&good));
}

#[test]
fn without_any_accepted_configuration_nothing_passes() {
    let mut worker = Proxy::started_at(NOW).worker();
    worker.configure(b"{}");
    let (_, fate) = worker.request(public_request("GET", "/healthz"));
    assert_eq!(fate.status(), 503);
}

#[test]
fn the_policy_in_use_is_named_by_its_hash() {
    let (_proxy, mut worker) = worker();
    let version = |worker: &mut crate::proxy::Worker| {
        let (context, _) = worker.request(public_request("GET", "/healthz"));
        let response = worker.response(context, headers(&[(":status", "200")]));
        value(&response, "x-imagehub-filter").map(str::to_owned)
    };
    let before = version(&mut worker);
    assert!(worker.configure(format!("{} ", support::policy()).as_bytes()));
    assert_ne!(version(&mut worker), before);
}
