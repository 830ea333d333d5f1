//! Two processes on one Redis and one place of blobs behave as one.

use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::redis_server::RedisServer;
use crate::world::{Hub, PASSWORD, TestUser, code, file, picture};

/// Two processes, each with a data directory and a key of its own.
struct Pair {
    one: Hub,
    other: Hub,
    _redis: RedisServer,
    _blobs: TempDir,
}

impl Pair {
    fn start() -> Self {
        let (redis, blobs) = (RedisServer::start(), tempfile::tempdir().unwrap());
        let (url, place) = (redis.url(), blobs.path().to_str().unwrap().to_owned());
        let start = || {
            let flags = ["--limits", "mesh", "--redis-url", &url, "--blobs", &place];
            Hub::start(&flags)
        };
        Self {
            one: start(),
            other: start(),
            _redis: redis,
            _blobs: blobs,
        }
    }
}

/// The same person, asking another process.
fn at<'a>(hub: &'a Hub, person: &TestUser<'_>) -> TestUser<'a> {
    let (name, token) = (person.name.clone(), person.token.clone());
    TestUser { hub, name, token }
}

#[tokio::test]
async fn what_ends_a_session_on_one_ends_it_on_the_other() {
    let pair = Pair::start();
    pair.one.sign_up("ada").await;
    for (password, method, end, body) in [
        (PASSWORD, Method::POST, "/api/v1/logout", json!({})),
        (
            PASSWORD,
            Method::POST,
            "/api/v1/me/sign-out-everywhere",
            json!({}),
        ),
        (
            PASSWORD,
            Method::PUT,
            "/api/v1/me/password",
            json!({ "current": PASSWORD, "new": "battery staple" }),
        ),
        (
            "battery staple",
            Method::DELETE,
            "/api/v1/me",
            json!({ "confirm": "ada", "password": "battery staple" }),
        ),
    ] {
        let log_in = json!({ "username": "ada", "password": password });
        let session = pair.one.post("/api/v1/login", log_in).await;
        let session: Value = session.json().await.unwrap();
        let ada = TestUser {
            hub: &pair.one,
            name: "ada".to_owned(),
            token: session["token"].as_str().unwrap().to_owned(),
        };
        let there = at(&pair.other, &ada);
        assert_eq!(there.get("/t/ada/images").await.status(), 200, "{end}");
        assert!(ada.send(method, end, body).await.status().is_success());
        let refused = there.get("/t/ada/images").await;
        assert_eq!(code(refused).await, "unauthenticated", "{end}");
    }
}

#[tokio::test]
async fn a_token_revoked_on_one_is_refused_by_the_other() {
    let pair = Pair::start();
    let ada = pair.one.sign_up("ada").await;
    let body = json!({ "name": "script", "tenant": "ada", "role": "member" });
    let made = ada.send(Method::POST, "/api/v1/tokens", body).await;
    let made: Value = made.json().await.unwrap();
    let mut script = at(&pair.other, &ada);
    script.token = made["token"].as_str().unwrap().to_owned();
    assert_eq!(script.get("/t/ada/images").await.status(), 200);
    let path = format!("/api/v1/tokens/{}", made["jti"].as_str().unwrap());
    let there = at(&pair.other, &ada);
    let revoked = there.ask(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(revoked.status(), 204);
    for hub in [&pair.one, &pair.other] {
        let refused = at(hub, &script).get("/t/ada/images").await;
        assert_eq!(code(refused).await, "unauthenticated");
    }
}

#[tokio::test]
async fn what_is_uploaded_on_one_is_listed_pulled_and_deleted_on_the_other() {
    let pair = Pair::start();
    let ada = pair.one.sign_up("ada").await;
    let there = at(&pair.other, &ada);
    let image = ada.add("sea.png", picture(1)).await;
    let listed: Value = there.get("/t/ada/images").await.json().await.unwrap();
    assert_eq!(listed["images"], json!([image]));
    let pull = image["pull"].as_str().unwrap();
    let pulled = there.get(pull).await.bytes().await.unwrap();
    assert_eq!(pulled.len() as u64, image["bytes"].as_u64().unwrap());
    let thumbnail = image["thumbnails"]["320"].as_str().unwrap();
    assert_eq!(there.get(thumbnail).await.status(), 200);

    let form = Form::new().part("file", file("again.png", picture(1)));
    let again: Value = there.upload(form).await.json().await.unwrap();
    assert_eq!(again["images"][0]["id"], image["id"]);
    assert_eq!(again["images"][0]["duplicate"], true);

    let path = ada.own(&format!("/images/{}", image["id"].as_str().unwrap()));
    let deleted = there.ask(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    assert_eq!(code(ada.get(pull).await).await, "not_found");
    let restored = ada.ask(Method::POST, &format!("{path}/restore"));
    assert_eq!(restored.send().await.unwrap().status(), 200);
    assert_eq!(there.get(pull).await.status(), 200);
}

#[tokio::test]
async fn failed_log_ins_are_counted_over_both() {
    let pair = Pair::start();
    pair.one.sign_up("ada").await;
    let log_in = async |hub: &Hub, password: &str| {
        let body = json!({ "username": "ada", "password": password });
        hub.post("/api/v1/login", body).await
    };
    for _ in 0..5 {
        for hub in [&pair.one, &pair.other] {
            assert_eq!(log_in(hub, "wrong horse").await.status(), 401);
        }
    }
    for hub in [&pair.one, &pair.other] {
        let locked = log_in(hub, PASSWORD).await;
        assert_eq!(code(locked).await, "rate_limited");
    }
}

#[tokio::test]
async fn an_invite_link_made_on_one_is_followed_and_withdrawn_on_the_other() {
    let pair = Pair::start();
    let ada = pair.one.sign_up("ada").await;
    let links = "/api/v1/tenants/ada/invite-links";
    let made = ada.send(Method::POST, links, json!({ "role": "member" }));
    let made: Value = made.await.json().await.unwrap();
    let secret = made["secret"].as_str().unwrap();
    let join = format!("/api/v1/join/ada/{secret}");
    for (hub, name) in [(&pair.one, "bob"), (&pair.other, "cy")] {
        let person = hub.sign_up(name).await;
        let joined = person.ask(Method::POST, &join).send().await.unwrap();
        assert_eq!(joined.status(), 200);
    }
    let members = "/api/v1/tenants/ada/members";
    let members: Value = ada.get(members).await.json().await.unwrap();
    assert_eq!(members["members"].as_array().unwrap().len(), 3);

    let there = at(&pair.other, &ada);
    let path = format!("{links}/{secret}");
    let withdrawn = there.ask(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(withdrawn.status(), 204);
    let dee = pair.one.sign_up("dee").await;
    let refused = dee.ask(Method::POST, &join).send().await.unwrap();
    assert_eq!(code(refused).await, "not_found");
}

#[tokio::test]
async fn a_role_a_plan_and_an_end_set_on_one_hold_on_the_other() {
    let pair = Pair::start();
    let ada = pair.one.sign_up("ada").await;
    let mut bob = pair.one.sign_up("bob").await;
    ada.admit(&mut bob, "member").await;
    let bob = at(&pair.other, &bob);
    let add = async |number| {
        let form = Form::new().part("file", file("x.png", picture(number)));
        let request = bob.ask(Method::POST, "/t/ada/images").multipart(form);
        request.send().await.unwrap().status()
    };
    assert_eq!(add(1).await, 201);
    let plan = json!({ "plan": "team" });
    let changed = ada.send(Method::PUT, "/api/v1/tenants/ada/plan", plan);
    assert_eq!(changed.await.status(), 200);
    let me: Value = bob.get("/api/v1/me").await.json().await.unwrap();
    assert_eq!(me["tenants"]["ada"]["plan"], "team");

    let path = "/api/v1/tenants/ada/members/bob";
    let changed = ada.send(Method::PUT, path, json!({ "role": "viewer" }));
    assert_eq!(changed.await.status(), 200);
    assert_eq!(add(2).await, 403);
    let removed = ada.ask(Method::DELETE, path).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    assert_eq!(code(bob.get("/t/ada/images").await).await, "forbidden");
}
