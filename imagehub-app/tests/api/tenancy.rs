//! The application by itself: nothing in front of it, and it still refuses.

use imagehub_app::startup::ENDPOINTS;
use imagehub_policy::Access;
use reqwest::Method;

use crate::world::{Hub, code};

fn concrete(path: &str, tenant: &str) -> String {
    path.replace("{tenant}", tenant)
        .replace("{name}", "bob")
        .replace("{size}", "320")
        .replace("{secret}", "5ec2e7")
}

#[tokio::test]
async fn every_route_that_is_not_public_wants_a_session() {
    let hub = Hub::in_mesh();
    for endpoint in ENDPOINTS
        .iter()
        .filter(|endpoint| endpoint.access != Access::Public)
    {
        let method = Method::from_bytes(endpoint.method.as_bytes()).unwrap();
        let answer = hub
            .ask(method, &concrete(endpoint.path, "ada"))
            .send()
            .await
            .unwrap();
        assert_eq!(
            answer.status(),
            401,
            "{} {}",
            endpoint.method,
            endpoint.path
        );
        assert_eq!(code(answer).await, "unauthenticated");
    }
}

#[tokio::test]
async fn a_foreign_tenant_and_one_that_does_not_exist_are_refused_alike_on_every_route() {
    let hub = Hub::in_mesh();
    hub.sign_up("ada").await;
    let eve = hub.sign_up("eve").await;
    for endpoint in ENDPOINTS
        .iter()
        .filter(|endpoint| endpoint.path.contains("{tenant}"))
    {
        let method = Method::from_bytes(endpoint.method.as_bytes()).unwrap();
        let mut bodies = Vec::new();
        for tenant in ["ada", "nobody-here", "ad%61", "A"] {
            let answer = eve
                .ask(method.clone(), &concrete(endpoint.path, tenant))
                .send()
                .await
                .unwrap();
            assert_eq!(
                answer.status(),
                403,
                "{} {} {tenant}",
                endpoint.method,
                endpoint.path
            );
            bodies.push(answer.text().await.unwrap());
        }
        bodies.dedup();
        assert_eq!(bodies.len(), 1, "{}", endpoint.path);
    }
}

#[tokio::test]
async fn every_route_asks_for_the_role_it_names() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    for (name, role, reach) in [("vic", "viewer", 1), ("mel", "member", 2)] {
        let mut person = hub.sign_up(name).await;
        ada.admit(&mut person, role).await;
        for endpoint in ENDPOINTS
            .iter()
            .filter(|endpoint| endpoint.path.contains("{tenant}"))
        {
            let needed = match endpoint.access {
                Access::Viewer => 1,
                Access::Member => 2,
                _ => 3,
            };
            let method = Method::from_bytes(endpoint.method.as_bytes()).unwrap();
            let path = concrete(endpoint.path, "ada");
            let status = person.ask(method, &path).send().await.unwrap().status();
            // Removing somebody else is decided by the handler: only an owner may.
            let others = endpoint.summary.contains("leave");
            assert_eq!(
                status == 403,
                needed > reach || others,
                "{role} {} {path}: {status}",
                endpoint.method
            );
        }
    }
}

#[tokio::test]
async fn identity_headers_are_never_believed() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let spoof = |request: reqwest::RequestBuilder| {
        request
            .header("x-imagehub-user", "root")
            .header("x-imagehub-tenant", "ada")
            .header("x-imagehub-role", "owner")
    };
    assert_eq!(
        spoof(hub.ask(Method::GET, "/t/ada/images"))
            .send()
            .await
            .unwrap()
            .status(),
        401
    );
    let me: serde_json::Value = spoof(ada.ask(Method::GET, "/api/v1/me"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(me["user"], "ada");
}
