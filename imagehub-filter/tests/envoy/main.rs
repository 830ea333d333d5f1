//! The compiled module in a real Envoy, configured as in `deploy/envoy`; and the example filters.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests do not run in the module: they have a clock"
)]

mod cases;
#[path = "../compiled/mod.rs"]
mod compiled;
mod envoy;
mod examples;
mod http;
mod packaged;
mod process;
mod tokens;
mod upstream;

use envoy::Envoy;

const SHIPPED: &str = include_str!("../../../consul/policy.json");

#[test]
fn the_policy_in_the_configuration_is_the_shipped_one() {
    let (_, rest) = envoy::CONFIGURATION
        .split_once("value: |\n")
        .expect("the policy as a block of text");
    let lines = rest
        .lines()
        .map_while(|line| line.strip_prefix("                    "));
    let policy: String = lines.flat_map(|line| [line, "\n"]).collect();
    assert_eq!(policy, SHIPPED);
}

#[test]
fn what_the_edge_keeps_from_people_is_kept_from_them_here() {
    let envoy = Envoy::start(true);
    let token = imagehub_policy::cases::session("ann", &[]);
    let bearer = format!("Bearer {}", tokens::reissued(&token));
    let ask = |path: &str| {
        let headers = [("authorization", bearer.as_bytes())];
        http::ask(envoy.port, "GET", path.as_bytes(), &headers).status
    };
    assert_eq!(ask("/api/v1/me"), 200);
    for path in [
        "/metrics",
        "/metrics/",
        "/internal/x",
        "//internal",
        "/%69nternal",
    ] {
        assert_eq!(ask(path), 404, "{path}");
    }
    let heads = envoy.upstream.take_heads();
    assert!(
        heads
            .iter()
            .all(|head| !head.contains("metrics") && !head.contains("nternal")),
        "{heads:?}"
    );
}
