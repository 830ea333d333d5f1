//! `consul/policy.json` as it is shipped.

use imagehub_policy::{Access, Enforce, KeySource, Limit, Plan, Policy};

const DOCUMENT: &[u8] = include_bytes!("../../consul/policy.json");

fn policy() -> Policy {
    Policy::parse(DOCUMENT).unwrap_or_else(|error| panic!("consul/policy.json: {error}"))
}

#[test]
fn the_plans_are_those_of_the_table() {
    let policy = policy();
    let table = [
        ("personal", [("pull", 10), ("upload", 120), ("browse", 600)]),
        (
            "team",
            [("pull", 100), ("upload", 1_200), ("browse", 6_000)],
        ),
        (
            "enterprise",
            [("pull", 1_000), ("upload", 12_000), ("browse", 60_000)],
        ),
    ];
    assert_eq!(policy.plans().len(), table.len());
    for (entry, (name, classes)) in policy.plans().iter().zip(table) {
        assert_eq!(entry.name.as_str(), name);
        assert_eq!(entry.classes.len(), classes.len());
        for (class, a_minute) in classes {
            let limit = entry.limit(class).unwrap();
            assert_eq!(
                (limit.user.count(), limit.user.window_seconds()),
                (a_minute, 60),
                "{name} {class}"
            );
            assert_eq!(
                (limit.tenant.count(), limit.tenant.window_seconds()),
                (a_minute * 10, 60),
                "{name} {class}"
            );
        }
    }
    for (class, a_minute) in [("browse", 600), ("auth", 60), ("share", 300)] {
        let limit = policy.anonymous(class).unwrap().address();
        assert_eq!(
            (limit.count(), limit.window_seconds()),
            (a_minute, 60),
            "{class}"
        );
    }
    assert_eq!(policy.bad_token(), Limit::new(300, 60));
    let share = policy.anonymous("share").unwrap();
    assert_eq!(share.link(), Some(share.address()));
    assert_eq!(policy.anonymous("browse").unwrap().link(), None);
    assert_eq!(policy.anonymous("pull"), None);
}

#[test]
fn storage_grows_with_the_plan() {
    let policy = policy();
    let bytes = |plan: &str| policy.storage_bytes(&Plan::parse(plan).unwrap());
    assert_eq!(bytes("personal"), Some(1_000_000_000));
    assert_eq!(bytes("team"), Some(50_000_000_000));
    assert_eq!(bytes("enterprise"), Some(1_000_000_000_000));
    assert_eq!(bytes("forgotten"), bytes("personal"));
}

#[test]
fn keys_come_from_the_application_and_addresses_from_the_edge() {
    let policy = policy();
    assert_eq!(
        (policy.issuer(), policy.audience()),
        ("imagehub", "imagehub")
    );
    assert!(
        matches!(policy.key_source(), KeySource::Cluster { cluster, path, .. }
        if cluster == "local_app" && path == "/.well-known/jwks.json")
    );
    let address = policy.client_address().unwrap();
    assert_eq!(address.header, "x-imagehub-client");
    let peer = |name: &str| format!("spiffe://11111111.consul/ns/default/dc/dc1/svc/{name}");
    assert!(address.trusted_peer.matches(peer("edge").as_bytes()));
    assert!(!address.trusted_peer.matches(peer("redis").as_bytes()));
    let told: Vec<_> = policy.identity_headers().iter().map(|h| h.name()).collect();
    assert_eq!(told, ["x-imagehub-user", "x-imagehub-tenant"]);
    assert_eq!(policy.limit_slots(), 65_536);
    assert_eq!(policy.hash().len(), 12);
}

/// Every call of the contract, and what the policy is to make of it.
#[test]
fn every_call_falls_under_the_rule_meant_for_it() {
    let policy = policy();
    let table = [
        ("GET /", Access::Public, "browse"),
        ("GET /plans?tenant=acme", Access::Public, "browse"),
        ("GET /signup", Access::Public, "browse"),
        ("POST /signup", Access::Public, "auth"),
        ("GET /login?next=%2Ft%2Facme", Access::Public, "browse"),
        ("POST /login", Access::Public, "auth"),
        ("POST /api/v1/signup", Access::Public, "auth"),
        ("POST /api/v1/login", Access::Public, "auth"),
        ("GET /api/v1/plans", Access::Public, "browse"),
        ("GET /healthz", Access::Public, ""),
        ("HEAD /readyz", Access::Public, ""),
        ("GET /.well-known/jwks.json", Access::Public, ""),
        ("GET /openapi.json", Access::Public, ""),
        ("GET /static/site.css", Access::Public, ""),
        ("POST /api/v1/session", Access::User, ""),
        ("GET /session?next=%2F", Access::User, ""),
        ("POST /api/v1/logout", Access::User, ""),
        ("POST /logout", Access::User, ""),
        ("GET /api/v1/me", Access::User, ""),
        ("POST /api/v1/tenants", Access::User, ""),
        ("POST /api/v1/invitations/acme", Access::User, ""),
        ("PUT /api/v1/tenants/acme/plan", Access::Owner, ""),
        ("GET /api/v1/tenants/acme/members", Access::Viewer, ""),
        ("PUT /api/v1/tenants/acme/members/bob", Access::Owner, ""),
        (
            "DELETE /api/v1/tenants/acme/members/bob",
            Access::Viewer,
            "",
        ),
        ("POST /api/v1/tenants/acme/anything", Access::Viewer, ""),
        ("GET /t/acme", Access::Viewer, "browse"),
        ("GET /t/acme/settings", Access::Viewer, "browse"),
        ("POST /t/acme/plan", Access::Owner, ""),
        ("POST /t/acme/members", Access::Owner, ""),
        ("POST /t/acme/members/bob/remove", Access::Viewer, ""),
        ("POST /t/acme/images", Access::Member, "upload"),
        ("GET /t/acme/images?limit=5", Access::Viewer, "browse"),
        ("GET /t/acme/images/x1", Access::Viewer, "browse"),
        ("PATCH /t/acme/images/x1", Access::Member, "browse"),
        ("DELETE /t/acme/images/x1", Access::Member, "browse"),
        ("POST /t/acme/images/x1/edit", Access::Member, "browse"),
        ("POST /t/acme/images/x1/delete", Access::Member, "browse"),
        ("GET /t/acme/images/x1/pull", Access::Viewer, "pull"),
        ("HEAD /t/acme/images/x1/pull", Access::Viewer, "pull"),
        ("GET /t/acme/images/x1/thumb/320", Access::Viewer, "browse"),
        ("POST /t/acme/images/batch", Access::Member, "browse"),
        ("POST /t/acme/images/x1/restore", Access::Member, "browse"),
        ("GET /t/acme/download?ids=x1,x2", Access::Viewer, "pull"),
        ("GET /t/acme/albums", Access::Viewer, "browse"),
        ("POST /t/acme/albums", Access::Member, "browse"),
        ("GET /t/acme/albums/a1", Access::Viewer, "browse"),
        ("PATCH /t/acme/albums/a1", Access::Member, "browse"),
        ("DELETE /t/acme/albums/a1", Access::Member, "browse"),
        ("GET /t/acme/shares", Access::Member, "browse"),
        ("POST /t/acme/shares", Access::Member, "browse"),
        ("DELETE /t/acme/shares/s1", Access::Member, "browse"),
        ("GET /t/acme/tags?prefix=a", Access::Viewer, "browse"),
        ("GET /t/acme/usage", Access::Viewer, "browse"),
        ("POST /t/acme/settings", Access::Owner, ""),
        ("POST /t/acme/delete", Access::Owner, ""),
        ("GET /s/acme/s1?image=x1", Access::Public, "share"),
        ("POST /s/acme/s1", Access::User, ""),
        ("GET /join/acme/s1", Access::Public, "browse"),
        ("POST /join/acme/s1", Access::User, ""),
        ("POST /api/v1/join/acme/s1", Access::User, ""),
        ("GET /api/v1/tokens", Access::User, ""),
        ("DELETE /api/v1/tokens/j1", Access::User, ""),
        ("PUT /api/v1/me/password", Access::User, ""),
        ("DELETE /api/v1/me", Access::User, ""),
        ("PATCH /api/v1/tenants/acme", Access::Owner, ""),
        ("DELETE /api/v1/tenants/acme", Access::Owner, ""),
        ("POST /api/v1/tenants/acme/invite-links", Access::Owner, ""),
        ("GET /account", Access::User, ""),
        ("POST /t/acme", Access::Viewer, ""),
        ("BREW /t/acme/pot", Access::Viewer, ""),
        ("GET /t/acme/anything/at/all", Access::Viewer, ""),
        ("GET /metrics", Access::User, ""),
        ("GET /anything", Access::User, ""),
        ("POST /healthz", Access::User, ""),
    ];
    for (call, access, class) in table {
        let (method, path) = call.split_once(' ').unwrap();
        let route = policy.route(method.as_bytes(), path.as_bytes()).unwrap();
        assert_eq!(route.access, access, "{call}");
        assert_eq!(
            route.limit.as_ref().map_or("", |class| class.as_str()),
            class,
            "{call}"
        );
        assert_eq!(route.enforce, Enforce::On, "{call}");
    }
}

#[test]
fn the_last_rule_for_tenants_catches_everything_below_t() {
    let policy = policy();
    let last = policy.routes().last().unwrap();
    assert_eq!(
        (&*last.template, last.access),
        ("/t/{tenant}/{*}", Access::Viewer)
    );
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
        for path in [
            "/t/acme",
            "/t/acme/",
            "/t/acme/images/",
            "/t/acme/images/a/b/c/d",
        ] {
            let route = policy.route(method.as_bytes(), path.as_bytes()).unwrap();
            assert!(route.has_tenant(), "{method} {path}");
        }
    }
}

#[test]
fn a_policy_as_the_text_of_a_member_is_the_same_policy() {
    let text = std::str::from_utf8(DOCUMENT).unwrap();
    let wrap = |text: &str| serde_json::json!({ "policy": text }).to_string();
    let wrapped = Policy::parse(wrap(text).as_bytes()).unwrap();
    assert_eq!(wrapped.hash(), policy().hash());
    assert_eq!(wrapped.plans()[0].name, policy().plans()[0].name);
    let broken = wrap(&text.replace("\"issuer\"", "\"isuer\""));
    assert!(Policy::parse(broken.as_bytes()).is_err());
    let beside = r#"{"policy": "{}", "issuer": "imagehub"}"#;
    let error = Policy::parse(beside.as_bytes()).unwrap_err();
    assert_eq!(error.path, "policy");
}
