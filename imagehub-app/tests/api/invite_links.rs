//! Invite links.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Hub, TestUser, code};

const LINKS: &str = "/api/v1/tenants/ada/invite-links";

async fn link(owner: &TestUser<'_>, role: &str) -> Value {
    let made = owner
        .send(Method::POST, LINKS, json!({ "role": role, "days": 2 }))
        .await;
    assert_eq!(made.status(), 201);
    made.json().await.unwrap()
}

fn join(link: &Value) -> String {
    format!("/api/v1/join/ada/{}", link["secret"].as_str().unwrap())
}

#[tokio::test]
async fn who_follows_an_invite_link_is_a_member_at_once() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    let made = link(&ada, "member").await;
    let shown: Value = bob
        .get(made["url"].as_str().unwrap())
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&shown["tenant"], &shown["role"], &shown["invited_by"]),
        (&json!("ada"), &json!("member"), &json!("ada"))
    );
    let joined = bob.ask(Method::POST, &join(&made)).send().await.unwrap();
    assert_eq!(joined.status(), 200);
    let session: Value = joined.json().await.unwrap();
    assert_eq!(session["tenants"]["ada"]["role"], "member");
    bob.token = session["token"].as_str().unwrap().to_owned();
    assert_eq!(bob.get("/t/ada/images").await.status(), 200);
}

#[tokio::test]
async fn a_link_does_not_change_what_a_member_is_already() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let made = link(&ada, "viewer").await;
    let session: Value = ada
        .ask(Method::POST, &join(&made))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(session["tenants"]["ada"]["role"], "owner");
}

#[tokio::test]
async fn a_withdrawn_link_leads_nowhere() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let bob = hub.sign_up("bob").await;
    let made = link(&ada, "viewer").await;
    let listed: Value = ada.get(LINKS).await.json().await.unwrap();
    assert_eq!(listed["invite_links"], json!([made]));
    let path = format!("{LINKS}/{}", made["secret"].as_str().unwrap());
    let withdrawn = ada.ask(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(withdrawn.status(), 204);
    let refused = bob.ask(Method::POST, &join(&made)).send().await.unwrap();
    assert_eq!(code(refused).await, "not_found");
    assert_eq!(
        code(bob.get(made["url"].as_str().unwrap()).await).await,
        "not_found"
    );
    let again = ada.ask(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(code(again).await, "not_found");
}

#[tokio::test]
async fn only_owners_make_links_and_roles_and_days_are_checked() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    ada.admit(&mut bob, "member").await;
    let refused = bob
        .send(Method::POST, LINKS, json!({ "role": "viewer" }))
        .await;
    assert_eq!(code(refused).await, "forbidden");
    assert_eq!(code(bob.get(LINKS).await).await, "forbidden");
    for body in [
        json!({}),
        json!({ "role": "king" }),
        json!({ "role": "viewer", "days": 0 }),
    ] {
        assert_eq!(ada.send(Method::POST, LINKS, body).await.status(), 422);
    }
}
