//! The policy as shipped and the routes of the application mean the same.

use imagehub_app::routes::ENDPOINTS;

use crate::world::policy;

#[test]
fn every_route_is_covered_by_the_policy_as_intended() {
    let policy = policy();
    for endpoint in ENDPOINTS {
        let path = endpoint
            .path
            .replace("{tenant}", "acme")
            .replace("{name}", "thing")
            .replace("{secret}", "0123456789abcdef")
            .replace("{size}", "320");
        let methods: &[&str] = if endpoint.method == "GET" {
            &["GET", "HEAD"]
        } else {
            &[endpoint.method]
        };
        for method in methods {
            let route = policy.route(method.as_bytes(), path.as_bytes()).unwrap();
            let class = route.limit.as_ref().map(|class| class.as_str());
            assert_eq!(
                (route.access, class),
                (endpoint.access, endpoint.class),
                "{method} {path} falls under {}",
                route.template
            );
        }
    }
}

#[test]
fn whatever_the_application_does_not_know_wants_a_session_at_least() {
    let policy = policy();
    for path in [
        "/metrics",
        "/internal/anything",
        "/nothing",
        "/api/v2/me",
        "/t/acme/nothing",
    ] {
        let route = policy.route(b"GET", path.as_bytes()).unwrap();
        assert_ne!(route.access, imagehub_policy::Access::Public, "{path}");
    }
}
