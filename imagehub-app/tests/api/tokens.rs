//! API tokens, and the end of sessions.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Hub, PASSWORD, TestUser, code, picture};

async fn token(person: &TestUser<'_>, tenant: &str, role: &str) -> Value {
    let body = json!({ "name": "laptop", "tenant": tenant, "role": role, "days": 365 });
    let made = person.send(Method::POST, "/api/v1/tokens", body).await;
    assert_eq!(made.status(), 201);
    assert_eq!(made.headers()["cache-control"], "no-store");
    made.json().await.unwrap()
}

/// Somebody who asks with the token.
fn program<'a>(hub: &'a Hub, token: &Value) -> TestUser<'a> {
    TestUser {
        hub,
        name: "ada".to_owned(),
        token: token["token"].as_str().unwrap().to_owned(),
    }
}

#[tokio::test]
async fn a_token_works_in_its_tenant_with_its_role_and_nowhere_else() {
    for hub in [Hub::embedded(), Hub::in_mesh()] {
        let ada = hub.sign_up("ada").await;
        let body = json!({ "name": "acme", "plan": "team" });
        assert_eq!(
            ada.send(Method::POST, "/api/v1/tenants", body)
                .await
                .status(),
            201
        );
        let made = token(&ada, "ada", "member").await;
        let script = program(&hub, &made);

        script.add("1.png", picture(1)).await;
        let me: Value = script.get("/api/v1/me").await.json().await.unwrap();
        assert_eq!(
            me["tenants"],
            json!({ "ada": { "role": "member", "plan": "personal" } })
        );
        let body = json!({ "plan": "team" });
        let owners = script
            .send(Method::PUT, "/api/v1/tenants/ada/plan", body)
            .await;
        assert_eq!(code(owners).await, "forbidden");
        assert_eq!(code(script.get("/t/acme/images").await).await, "forbidden");
        for (method, path) in [
            (Method::POST, "/api/v1/session"),
            (Method::POST, "/api/v1/logout"),
            (Method::GET, "/api/v1/tokens"),
            (Method::POST, "/api/v1/tokens"),
            (Method::POST, "/api/v1/tenants"),
            (Method::PUT, "/api/v1/me/password"),
            (Method::DELETE, "/api/v1/me"),
            (Method::POST, "/api/v1/me/sign-out-everywhere"),
        ] {
            let refused = script.send(method, path, json!({})).await;
            assert_eq!(code(refused).await, "forbidden", "{path}");
        }
    }
}

#[tokio::test]
async fn an_owners_token_never_becomes_a_session() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let script = program(&hub, &token(&ada, "ada", "owner").await);
    let body = json!({ "plan": "team" });
    let refused = script
        .send(Method::PUT, "/api/v1/tenants/ada/plan", body)
        .await;
    assert_eq!(code(refused).await, "forbidden");
    let me: Value = ada.get("/api/v1/me").await.json().await.unwrap();
    assert_eq!(me["tenants"]["ada"]["plan"], "personal");
    let cookie = format!("imagehub_session={}", script.token);
    let cookie = hub
        .ask(Method::GET, "/t/ada/images")
        .header("cookie", cookie);
    assert_eq!(cookie.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn tokens_are_listed_with_their_last_use_and_never_shown_again() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let made = token(&ada, "ada", "viewer").await;
    let list = async || {
        ada.get("/api/v1/tokens")
            .await
            .json::<Value>()
            .await
            .unwrap()
    };
    let listed = list().await;
    let one = &listed["tokens"][0];
    assert_eq!(
        (&one["jti"], &one["name"]),
        (&made["jti"], &json!("laptop"))
    );
    assert_eq!(one["last_use"], Value::Null);
    assert!(one.get("token").is_none());
    assert_eq!(
        program(&hub, &made).get("/t/ada/images").await.status(),
        200
    );
    assert!(list().await["tokens"][0]["last_use"].is_string());
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let eve = hub.sign_up("eve").await;
    let made = token(&ada, "ada", "viewer").await;
    let script = program(&hub, &made);
    assert_eq!(script.get("/t/ada/images").await.status(), 200);
    let path = format!("/api/v1/tokens/{}", made["jti"].as_str().unwrap());
    let foreign = eve.ask(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(code(foreign).await, "not_found");
    let revoked = ada.ask(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(revoked.status(), 204);
    assert_eq!(
        code(script.get("/t/ada/images").await).await,
        "unauthenticated"
    );
}

#[tokio::test]
async fn a_token_does_no_more_than_its_maker_may_now() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    ada.admit(&mut bob, "member").await;
    let body = json!({ "name": "x", "tenant": "ada", "role": "owner" });
    let refused = bob.send(Method::POST, "/api/v1/tokens", body).await;
    assert_eq!(code(refused).await, "forbidden");
    let script = program(&hub, &token(&bob, "ada", "member").await);
    let path = "/api/v1/tenants/ada/members/bob";
    ada.send(Method::PUT, path, json!({ "role": "viewer" }))
        .await;
    let refused = script
        .send(Method::POST, "/t/ada/albums", json!({ "title": "x" }))
        .await;
    assert_eq!(code(refused).await, "forbidden");
    ada.ask(Method::DELETE, path).send().await.unwrap();
    let refused = script.get("/t/ada/images").await;
    assert_eq!(code(refused).await, "unauthenticated", "it went with them");
}

#[tokio::test]
async fn an_owners_token_deletes_no_tenant() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let script = program(&hub, &token(&ada, "ada", "owner").await);
    let body = json!({ "confirm": "ada" });
    let call = script.send(Method::DELETE, "/api/v1/tenants/ada", body);
    assert_eq!(code(call.await).await, "forbidden");
    let form = script.ask(Method::POST, "/t/ada/delete");
    let form = form.form(&[("confirm", "ada")]).send().await.unwrap();
    assert_eq!(code(form).await, "forbidden");
    assert_eq!(ada.get("/t/ada/images").await.status(), 200);
}

#[tokio::test]
async fn a_token_that_cannot_be_made_says_why() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    for body in [
        json!({ "tenant": "ada", "role": "viewer" }),
        json!({ "name": "x", "tenant": "ada", "role": "king" }),
        json!({ "name": "x", "tenant": "ada", "role": "viewer", "days": 366 }),
        json!({ "name": "", "tenant": "ada", "role": "viewer" }),
    ] {
        let refused = ada.send(Method::POST, "/api/v1/tokens", body.clone()).await;
        assert_eq!(refused.status(), 422, "{body}");
    }
    let body = json!({ "name": "x", "tenant": "globex", "role": "viewer" });
    let refused = ada.send(Method::POST, "/api/v1/tokens", body).await;
    assert_eq!(code(refused).await, "forbidden");
}

#[tokio::test]
async fn logging_out_ends_the_session_and_no_other() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    let other: Value = hub.post("/api/v1/login", body).await.json().await.unwrap();
    let other = program(&hub, &other);
    assert_eq!(
        ada.ask(Method::POST, "/api/v1/logout")
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    assert_eq!(code(ada.get("/api/v1/me").await).await, "unauthenticated");
    assert_eq!(
        code(ada.get("/t/ada/images").await).await,
        "unauthenticated"
    );
    assert_eq!(other.get("/api/v1/me").await.status(), 200);
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_and_every_token() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let eve = hub.sign_up("eve").await;
    let script = program(&hub, &token(&ada, "ada", "viewer").await);
    let body = json!({ "username": "ada", "password": PASSWORD });
    let other: Value = hub
        .post("/api/v1/login", body.clone())
        .await
        .json()
        .await
        .unwrap();
    let other = program(&hub, &other);
    let out = ada
        .ask(Method::POST, "/api/v1/me/sign-out-everywhere")
        .send()
        .await
        .unwrap();
    assert_eq!(out.status(), 204);
    for person in [&ada, &other, &script] {
        assert_eq!(
            code(person.get("/t/ada/images").await).await,
            "unauthenticated"
        );
    }
    assert_eq!(eve.get("/api/v1/me").await.status(), 200);
    let again: Value = hub.post("/api/v1/login", body).await.json().await.unwrap();
    assert_eq!(program(&hub, &again).get("/api/v1/me").await.status(), 200);
}
