use reqwest::Method;
use serde_json::json;

use crate::world::{BROWSER, Hub, PASSWORD, code};

#[tokio::test]
async fn a_form_posted_with_a_cookie_from_elsewhere_is_refused() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let form = [("name", "acme"), ("plan", "team")];
    let post = || {
        ada.browse(Method::POST, "/tenants")
            .header("accept", "*/*")
            .form(&form)
    };
    for request in [
        post(),
        post().header("origin", "http://evil.example"),
        post().header("origin", "null"),
        post().header("sec-fetch-site", "cross-site"),
    ] {
        let refused = request
            .header("accept", "application/json")
            .send()
            .await
            .unwrap();
        assert_eq!(refused.status(), 403);
    }
    assert_eq!(
        post()
            .header("sec-fetch-site", "same-origin")
            .send()
            .await
            .unwrap()
            .status(),
        303
    );
    let deleted = ada
        .browse(Method::DELETE, "/api/v1/tenants/acme/members/ada")
        .header("accept", "application/json");
    assert_eq!(deleted.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn json_and_bearer_calls_need_no_origin() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let by_cookie = hub
        .ask(Method::PUT, "/api/v1/tenants/ada/plan")
        .header("cookie", format!("imagehub_session={}", ada.token))
        .json(&json!({ "plan": "team" }))
        .send()
        .await
        .unwrap();
    assert_eq!(by_cookie.status(), 200);
    assert!(by_cookie.headers().contains_key("set-cookie"));
    let by_bearer = ada
        .ask(Method::POST, "/api/v1/session")
        .send()
        .await
        .unwrap();
    assert_eq!(by_bearer.status(), 200);
}

#[tokio::test]
async fn nobody_is_signed_in_by_another_sites_form() {
    let hub = Hub::embedded();
    hub.sign_up("ada").await;
    for path in ["/login", "/signup"] {
        let form = [("username", "ada"), ("password", PASSWORD)];
        let refused = hub
            .ask(Method::POST, path)
            .header("origin", "http://evil.example")
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(refused.status(), 403);
        assert_eq!(code(refused).await, "cross_site");
        let silent = hub
            .ask(Method::POST, path)
            .header("accept", BROWSER)
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(silent.status(), 403);
    }
    let welcome = hub
        .form("/login", &[("username", "ada"), ("password", PASSWORD)])
        .send()
        .await
        .unwrap();
    assert_eq!(welcome.status(), 303);
    let cookie = welcome.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Lax")
            && !cookie.contains("Secure")
    );
}

#[tokio::test]
async fn under_https_the_cookie_is_secure_and_its_origin_is_ours() {
    let hub = Hub::start(&["--public-url", "https://hub.example"]);
    hub.sign_up("ada").await;
    let form = [("username", "ada"), ("password", PASSWORD)];
    let welcome = hub
        .ask(Method::POST, "/login")
        .header("origin", "https://hub.example")
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(welcome.status(), 303);
    assert!(
        welcome.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Secure")
    );
}
