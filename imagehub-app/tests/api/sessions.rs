//! Sessions that end, and requests that were begun before.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::reading::{text, value};
use crate::world::{BROWSER, Hub, PASSWORD, TestUser, code, picture};

#[tokio::test]
async fn a_request_begun_before_the_end_of_a_session_gets_no_token_after_it() {
    let hub = Hub::in_mesh();
    for (number, (method, end, body)) in [
        ("POST", "/api/v1/me/sign-out-everywhere", json!({})),
        ("POST", "/api/v1/logout", json!({})),
        (
            "PUT",
            "/api/v1/me/password",
            json!({ "current": PASSWORD, "new": "battery staple" }),
        ),
        (
            "DELETE",
            "/api/v1/me",
            json!({ "confirm": "NAME", "password": PASSWORD }),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("ada-{number}");
        let ada = hub.sign_up(&name).await;
        let tenant = json!({ "name": format!("club-{number}"), "plan": "team" });
        let token = json!({ "name": "script", "tenant": name, "role": "owner" });
        let parked = [
            Parked::begin(&ada, "POST", "/api/v1/tenants", &tenant).await,
            Parked::begin(&ada, "POST", "/api/v1/tokens", &token).await,
        ];
        // By the time these are answered, those are with their handlers.
        for _ in 0..5 {
            assert_eq!(ada.get("/api/v1/me").await.status(), 200);
        }
        let body: Value = serde_json::from_str(&body.to_string().replace("NAME", &name)).unwrap();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let ended = ada.send(method, end, body).await;
        assert!(ended.status().is_success(), "{end}");
        for parked in parked {
            let path = parked.path;
            let answer = parked.finish().await;
            let refused = answer.starts_with("HTTP/1.1 401");
            assert!(refused, "{path} over {end}: {answer}");
        }
    }
    // Nor was anything done.
    let eve = hub.sign_up("eve").await;
    for number in 0..4 {
        let tenant = json!({ "name": format!("club-{number}"), "plan": "team" });
        let made = eve.send(Method::POST, "/api/v1/tenants", tenant).await;
        assert_eq!(made.status(), 201);
    }
}

#[tokio::test]
async fn a_request_begun_as_an_owner_does_nothing_for_who_is_none_any_more() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    let bob_in_ada = "/api/v1/tenants/ada/members/bob";
    let owner = json!({ "role": "owner" });
    let viewer = json!({ "role": "viewer" });
    let remove = || ada.ask(Method::DELETE, bob_in_ada).send();
    for demoted in [true, false] {
        ada.admit(&mut bob, "owner").await;
        let parked = Parked::begin(&bob, "PUT", bob_in_ada, &owner).await;
        for _ in 0..5 {
            assert_eq!(bob.get("/t/ada/images").await.status(), 200);
        }
        let ended = if demoted {
            ada.send(Method::PUT, bob_in_ada, viewer.clone()).await
        } else {
            remove().await.unwrap()
        };
        assert!(ended.status().is_success());
        let answer = parked.finish().await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
        let me: Value = bob.get("/api/v1/me").await.json().await.unwrap();
        assert_eq!(me["invitations"], json!([]));
        if demoted {
            assert_eq!(me["tenants"]["ada"]["role"], "viewer");
            remove().await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_upload_begun_in_a_tenant_that_is_gone_does_not_land_in_the_next_of_its_name() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    ada.admit(&mut bob, "member").await;
    let mut body = b"--x\r\ncontent-disposition: form-data; name=\"file\"; \
        filename=\"p.png\"\r\n\r\n"
        .to_vec();
    body.extend(picture(1));
    body.extend(b"\r\n--x--\r\n");
    let form = "multipart/form-data; boundary=x";
    let parked = Parked::begin_with(&bob, "POST", "/t/ada/images", form, body).await;
    for _ in 0..5 {
        assert_eq!(bob.get("/t/ada/images").await.status(), 200);
    }
    let confirm = json!({ "confirm": "ada" });
    let deleted = ada.send(Method::DELETE, "/api/v1/tenants/ada", confirm);
    assert_eq!(deleted.await.status(), 204);
    let anew = json!({ "name": "ada", "plan": "team" });
    let founded = ada.send(Method::POST, "/api/v1/tenants", anew).await;
    assert_eq!(founded.status(), 201);
    let answer = parked.finish().await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    let images: Value = ada.get("/t/ada/images").await.json().await.unwrap();
    assert_eq!(images["images"], json!([]));
}

#[tokio::test]
async fn a_cookie_that_says_an_old_role_or_plan_is_renewed_with_the_next_answer() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    ada.admit(&mut bob, "viewer").await;
    assert_eq!(renewed(&bob).await, None);

    let plan = json!({ "plan": "team" });
    let role = json!({ "role": "member" });
    for (path, change) in [
        ("/api/v1/tenants/ada/plan", plan),
        ("/api/v1/tenants/ada/members/bob", role),
    ] {
        let changed = ada.send(Method::PUT, path, change).await;
        assert_eq!(changed.status(), 200);
        bob.token = renewed(&bob).await.unwrap();
        assert_eq!(renewed(&bob).await, None);
    }
}

#[tokio::test]
async fn a_locked_name_locks_no_address() {
    let hub = Hub::in_mesh();
    hub.sign_up("ada").await;
    hub.sign_up("bob").await;
    let attempt = async |name: &str, password: &str| {
        let body = json!({ "username": name, "password": password });
        let request = hub.ask(Method::POST, "/api/v1/login").json(&body);
        let request = request.header("x-imagehub-client", "203.0.113.9");
        request.send().await.unwrap()
    };
    for _ in 0..10 {
        assert_eq!(attempt("ada", "wrong horse").await.status(), 401);
    }
    // A locked name is not judged, however often it is tried, and so it locks no address.
    for _ in 0..100 {
        assert_eq!(attempt("ada", PASSWORD).await.status(), 429);
    }
    assert_eq!(attempt("bob", PASSWORD).await.status(), 200);
    let locked: Value = attempt("ada", PASSWORD).await.json().await.unwrap();
    let detail = locked["detail"].as_str().unwrap();
    assert!(detail.contains("for this user name"), "{detail}");
}

#[tokio::test]
async fn new_passwords_are_few() {
    let hub = Hub::in_mesh();
    let mut ada = hub.sign_up("ada").await;
    let body = json!({ "current": PASSWORD, "new": PASSWORD });
    for _ in 0..10 {
        let path = "/api/v1/me/password";
        let changed = ada.send(Method::PUT, path, body.clone()).await;
        let session: Value = changed.json().await.unwrap();
        ada.token = session["token"].as_str().unwrap().to_owned();
    }
    let refused = ada.send(Method::PUT, "/api/v1/me/password", body).await;
    assert_eq!(code(refused).await, "rate_limited");
}

/// The session in the cookie that an answer renews, if it does.
async fn renewed(person: &TestUser<'_>) -> Option<String> {
    let answer = person.page("/t/ada/images").await;
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers().get("set-cookie")?.to_str().unwrap();
    let (session, _) = cookie.split_once(';').unwrap();
    let token = session.strip_prefix("imagehub_session=").unwrap();
    Some(token.to_owned())
}

/// A request whose last byte is not sent yet.
struct Parked {
    path: &'static str,
    stream: TcpStream,
    rest: Vec<u8>,
}

impl Parked {
    async fn begin(person: &TestUser<'_>, method: &str, path: &'static str, body: &Value) -> Self {
        let body = body.to_string().into_bytes();
        Self::begin_with(person, method, path, "application/json", body).await
    }

    async fn begin_with(
        person: &TestUser<'_>,
        method: &str,
        path: &'static str,
        content_type: &str,
        mut body: Vec<u8>,
    ) -> Self {
        let address = person.hub.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
             content-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            person.token,
            body.len()
        );
        let rest = body.split_off(body.len() - 1);
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        Self { path, stream, rest }
    }

    async fn finish(mut self) -> String {
        self.stream.write_all(&self.rest).await.unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

#[tokio::test]
async fn who_comes_with_a_session_that_is_over_is_told_so_once_and_led_back() {
    let hub = Hub::embedded();
    let mut ada = hub.sign_up("ada").await;
    let words = "Your session has expired. Log in again and you are back where you were.";
    assert!(
        !hub.get("/login")
            .await
            .text()
            .await
            .unwrap()
            .contains(words)
    );
    assert!(!text(&ada, "/login").await.contains(words));
    let ended = ada
        .ask(Method::POST, "/api/v1/logout")
        .send()
        .await
        .unwrap();
    assert_eq!(ended.status(), 204);
    for token in [ada.token.clone(), "over".to_owned()] {
        ada.token = token;
        let sent = ada.page("/t/ada?tag=sea").await;
        let log_in = sent.headers()["location"].to_str().unwrap().to_owned();
        assert_eq!(log_in, "/login?next=%2Ft%2Fada%3Ftag%3Dsea");
        let page = ada.page(&log_in).await;
        let gone = page.headers()["set-cookie"].to_str().unwrap();
        assert!(gone.starts_with("imagehub_session=; ") && gone.contains("Max-Age=0"));
        let page = page.text().await.unwrap();
        assert!(page.contains(words));
        assert_eq!(value(&page, "next"), "/t/ada?tag=sea");
    }
}

#[tokio::test]
async fn pages_of_errors_know_who_is_logged_in() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    hub.sign_up("bob").await;
    for (path, status) in [
        ("/nothing/here", 404),
        ("/t/ada/images/x", 404),
        ("/t/bob", 403),
        ("/s/bob/x", 404),
    ] {
        let page = ada.page(path).await;
        assert_eq!(page.status(), status, "{path}");
        let page = page.text().await.unwrap();
        assert!(page.contains("Signed in as <strong>ada</strong>"), "{path}");
        assert!(
            page.contains("Your galleries") && !page.contains("Sign up"),
            "{path}"
        );
    }
    let stranger = hub
        .ask(Method::GET, "/nothing/here")
        .header("accept", BROWSER);
    let page = stranger.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Sign up"));
}
