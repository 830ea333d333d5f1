use imagehub_app::middleware::Endpoint;
use imagehub_app::routes::ENDPOINTS;
use imagehub_policy::Access;
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
async fn a_browser_vouches_for_its_form_behind_a_proxy_that_rewrites_the_host() {
    let hub = Hub::in_mesh();
    hub.sign_up("ada").await;
    let form = [("username", "ada"), ("password", PASSWORD)];
    let log_in = || {
        let request = hub.ask(Method::POST, "/login").form(&form);
        request
            .header("accept", BROWSER)
            .header("origin", "http://photos.test")
    };
    let vouched = log_in().header("sec-fetch-site", "same-origin").send();
    assert_eq!(vouched.await.unwrap().status(), 303);
    let refused = log_in().send().await.unwrap();
    assert_eq!(refused.status(), 403);
    let page = refused.text().await.unwrap();
    assert!(page.contains("IMAGEHUB_PUBLIC_URL"), "{page}");
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

/// What changes something, and what is done without a session: each of these must look after itself.
fn unsafe_endpoints(public: bool) -> impl Iterator<Item = &'static Endpoint> {
    ENDPOINTS
        .iter()
        .filter(|endpoint| endpoint.method != "GET")
        .filter(move |endpoint| (endpoint.access == Access::Public) == public)
}

#[tokio::test]
async fn no_call_that_changes_something_is_made_by_another_site_with_a_cookie() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    for endpoint in unsafe_endpoints(false) {
        let path = endpoint
            .path
            .replace("{tenant}", "ada")
            .replace("{name}", "bob")
            .replace("{secret}", "5ec2e7");
        let method = Method::from_bytes(endpoint.method.as_bytes()).unwrap();
        for content_type in [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some("multipart/form-data; boundary=x"),
        ] {
            let mut request = ada
                .browse(method.clone(), &path)
                .header("origin", "http://evil.example");
            if let Some(content_type) = content_type {
                request = request.header("content-type", content_type).body("{}");
            }
            // Said as to a program: to a browser it is a page.
            let mut request = request.build().unwrap();
            let accept = "application/json".parse().unwrap();
            request.headers_mut().insert("accept", accept);
            let refused = hub.http.execute(request).await.unwrap();
            let at = format!("{} {path} {content_type:?}", endpoint.method);
            assert_eq!(refused.status(), 403, "{at}");
            assert_eq!(code(refused).await, "cross_site", "{at}");
        }
    }
}

#[test]
fn only_signing_up_and_logging_in_are_done_without_a_session() {
    let public: Vec<_> = unsafe_endpoints(true)
        .map(|endpoint| (endpoint.method, endpoint.path))
        .collect();
    // Both forms are asked where they come from, above; both calls set no cookie.
    assert_eq!(
        public,
        [
            ("POST", "/signup"),
            ("POST", "/login"),
            ("POST", "/api/v1/signup"),
            ("POST", "/api/v1/login"),
        ]
    );
}

#[tokio::test]
async fn a_public_call_signs_no_browser_in() {
    let hub = Hub::in_mesh();
    for path in ["/api/v1/signup", "/api/v1/login"] {
        let body = json!({ "username": "ada", "password": PASSWORD });
        let answer = hub.post(path, body).await;
        assert!(answer.status().is_success());
        assert!(!answer.headers().contains_key("set-cookie"), "{path}");
    }
}
