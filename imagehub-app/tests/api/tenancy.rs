//! The application by itself: nothing in front of it, and it still refuses.

use imagehub_app::routes::ENDPOINTS;
use imagehub_policy::Access;
use reqwest::Method;

use crate::world::{Hub, TestUser, code, picture};

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

#[tokio::test]
async fn an_image_of_another_tenant_is_answered_like_one_that_never_was() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let eve = hub.sign_up("eve").await;
    let foreign = ada.add("p.png", picture(1)).await;
    let foreign = foreign["id"].as_str().unwrap();
    let never: String = foreign.chars().rev().collect();
    let of_an_image = ENDPOINTS
        .iter()
        .filter(|endpoint| endpoint.path.starts_with("/t/{tenant}/images/{name}"));
    for endpoint in of_an_image {
        let method = Method::from_bytes(endpoint.method.as_bytes()).unwrap();
        let path = endpoint
            .path
            .replace("{tenant}", "eve")
            .replace("{size}", "320");
        let mut answers = Vec::new();
        for id in [foreign, &never] {
            let request = eve.ask(method.clone(), &path.replace("{name}", id));
            let answer = request.json(&serde_json::json!({})).send().await.unwrap();
            let mut headers = answer.headers().clone();
            headers.remove("date");
            answers.push((answer.status(), headers, answer.text().await.unwrap()));
        }
        let at = format!("{} {path}", endpoint.method);
        assert!(answers[0].0.is_client_error(), "{at}: {}", answers[0].0);
        assert_eq!(answers[0], answers[1], "{at}");
    }
}

#[tokio::test]
async fn the_etag_of_another_tenants_image_is_worth_nothing() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let eve = hub.sign_up("eve").await;
    let theirs = ada.add("p.png", picture(1)).await;
    let other = eve.add("p.png", picture(2)).await;
    let pull = |image: &serde_json::Value| image["pull"].as_str().unwrap().to_owned();
    let known = ada.get(&pull(&theirs)).await.headers()["etag"].clone();
    let ask = async |person: &TestUser<'_>, path: String| {
        let request = person.ask(Method::GET, &path);
        let request = request.header("if-none-match", known.clone());
        request.send().await.unwrap().status()
    };
    assert_eq!(ask(&ada, pull(&theirs)).await, 304);
    assert_eq!(ask(&eve, pull(&theirs)).await, 403);
    assert_eq!(ask(&eve, pull(&other)).await, 200);
    let id = theirs["id"].as_str().unwrap();
    let moved = format!("/t/eve/images/{id}/pull");
    assert_eq!(ask(&eve, moved).await, 404);
}
