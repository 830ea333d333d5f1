//! One's own account and tenants: passwords, settings, and their end.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Hub, PASSWORD, TestUser, code, picture};

#[tokio::test]
async fn a_new_password_counts_at_once_and_ends_every_other_session() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let change = async |current: &str, new: &str| {
        let body = json!({ "current": current, "new": new });
        ada.send(Method::PUT, "/api/v1/me/password", body).await
    };
    let refused = change("wrong horse", "battery staple").await;
    assert_eq!(refused.status(), 401);
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["code"], "unauthenticated");
    assert_eq!(refused["detail"], "This is not your current password.");
    assert_eq!(code(change(PASSWORD, "short").await).await, "invalid");
    let changed = change(PASSWORD, "battery staple").await;
    assert_eq!(changed.status(), 200);
    let session: Value = changed.json().await.unwrap();
    let fresh = TestUser {
        hub: &hub,
        name: "ada".to_owned(),
        token: session["token"].as_str().unwrap().to_owned(),
    };
    assert_eq!(fresh.get("/api/v1/me").await.status(), 200);
    assert_eq!(ada.get("/api/v1/me").await.status(), 401);
    for (password, status) in [(PASSWORD, 401), ("battery staple", 200)] {
        let body = json!({ "username": "ada", "password": password });
        assert_eq!(hub.post("/api/v1/login", body).await.status(), status);
    }
}

#[tokio::test]
async fn an_account_goes_when_its_name_and_password_confirm_it() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    ada.add("1.png", picture(1)).await;
    let folder = hub.blobs().join("ada");
    assert!(folder.exists());
    let close = async |confirm: &str, password: &str| {
        let body = json!({ "confirm": confirm, "password": password });
        ada.send(Method::DELETE, "/api/v1/me", body).await
    };
    assert_eq!(code(close("eve", PASSWORD).await).await, "invalid");
    assert_eq!(
        code(close("ada", "wrong horse").await).await,
        "unauthenticated"
    );
    assert_eq!(close("ada", PASSWORD).await.status(), 204);
    assert_eq!(ada.get("/api/v1/me").await.status(), 401);
    assert_eq!(std::fs::read_dir(folder).map_or(0, Iterator::count), 0);

    let next = hub.sign_up("ada").await;
    assert_eq!(
        ada.get("/api/v1/me").await.status(),
        401,
        "not with an old session"
    );
    let images: Value = next.get("/t/ada/images").await.json().await.unwrap();
    assert_eq!(images["images"], json!([]));
}

#[tokio::test]
async fn an_account_stays_while_others_would_be_left_without_an_owner() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    ada.admit(&mut bob, "member").await;
    let body = json!({ "confirm": "ada", "password": PASSWORD });
    let refused = ada.send(Method::DELETE, "/api/v1/me", body).await;
    assert_eq!(code(refused).await, "last_owner");
    assert_eq!(ada.get("/t/ada/images").await.status(), 200);
}

#[tokio::test]
async fn a_tenant_goes_with_everything_in_it_when_its_owner_confirms_it() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    let image = ada.add("1.png", picture(1)).await;
    ada.admit(&mut bob, "member").await;
    let delete = async |person: &TestUser<'_>, confirm: &str| {
        let body = json!({ "confirm": confirm });
        person
            .send(Method::DELETE, "/api/v1/tenants/ada", body)
            .await
    };
    assert_eq!(code(delete(&bob, "ada").await).await, "forbidden");
    assert_eq!(code(delete(&ada, "adam").await).await, "invalid");
    assert_eq!(delete(&ada, "ada").await.status(), 204);
    for person in [&ada, &bob] {
        let pulled = person.get(image["pull"].as_str().unwrap()).await;
        assert_eq!(code(pulled).await, "forbidden");
    }
    let folder = hub.blobs().join("ada");
    assert_eq!(std::fs::read_dir(folder).map_or(0, Iterator::count), 0);
}

#[tokio::test]
async fn an_owner_chooses_whether_metadata_is_kept() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    ada.admit(&mut bob, "member").await;
    let set = async |person: &TestUser<'_>, body: Value| {
        person
            .send(Method::PATCH, "/api/v1/tenants/ada", body)
            .await
    };
    let tenant: Value = set(&ada, json!({})).await.json().await.unwrap();
    assert_eq!(
        (&tenant["name"], &tenant["keep_metadata"]),
        (&json!("ada"), &json!(false))
    );
    let tenant: Value = set(&ada, json!({ "keep_metadata": true }))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(tenant["keep_metadata"], true);
    assert_eq!(
        set(&ada, json!({ "keep_metadata": "yes" })).await.status(),
        422
    );
    assert_eq!(
        set(&bob, json!({ "keep_metadata": false })).await.status(),
        403
    );
}

#[tokio::test]
async fn failed_log_ins_of_one_address_are_counted_whatever_the_names() {
    let hub = Hub::in_mesh();
    let attempt = async |client: &str, name: String| {
        let body = json!({ "username": name, "password": "wrong horse" });
        let request = hub.ask(Method::POST, "/api/v1/login").json(&body);
        request
            .header("x-imagehub-client", client)
            .send()
            .await
            .unwrap()
    };
    for number in 0..100 {
        let refused = attempt("203.0.113.9", format!("user-{number}")).await;
        assert_eq!(refused.status(), 401);
    }
    let refused = attempt("203.0.113.9", "user-x".to_owned()).await;
    assert!(refused.headers().contains_key("retry-after"));
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["code"], "rate_limited");
    assert_eq!(
        refused["detail"],
        "Too many failed log-ins from your network."
    );
    let elsewhere = attempt("203.0.113.10", "user-x".to_owned()).await;
    assert_eq!(elsewhere.status(), 401);
}
