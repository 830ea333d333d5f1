use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Hub, PASSWORD, code};

#[tokio::test]
async fn signing_up_gives_a_session_and_a_personal_tenant_of_the_same_name() {
    let hub = Hub::embedded();
    let body = json!({ "username": "ada", "password": PASSWORD });
    let answer = hub.post("/api/v1/signup", body.clone()).await;
    assert_eq!(answer.status(), 201);
    let session: Value = answer.json().await.unwrap();
    assert_eq!(session["user"], "ada");
    assert_eq!(
        session["tenants"],
        json!({ "ada": { "role": "owner", "plan": "personal" } })
    );
    assert_eq!(session["token"].as_str().unwrap().split('.').count(), 3);
    let again = hub.post("/api/v1/signup", body).await;
    assert_eq!(again.status(), 409);
    assert_eq!(code(again).await, "taken");
}

#[tokio::test]
async fn an_invalid_field_is_named_and_broken_json_is_malformed() {
    let hub = Hub::embedded();
    let answer = hub
        .post(
            "/api/v1/signup",
            json!({ "username": "A", "password": "short" }),
        )
        .await;
    assert_eq!(answer.status(), 422);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "invalid");
    let fields: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["username", "password"]);
    for body in ["{", "[]", "", "\u{feff}", "null"] {
        let answer = hub
            .ask(Method::POST, "/api/v1/signup")
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 400, "{body}");
        assert_eq!(code(answer).await, "malformed");
    }
    let answer = hub.post("/api/v1/signup", json!({ "username": 7 })).await;
    assert_eq!(answer.status(), 422);
}

#[tokio::test]
async fn an_unknown_user_and_a_wrong_password_are_answered_alike() {
    let hub = Hub::in_mesh();
    hub.sign_up("ada").await;
    let mut bodies = Vec::new();
    let mut times = Vec::new();
    for name in ["ada", "nobody"] {
        let begun = Instant::now();
        let answer = hub
            .post(
                "/api/v1/login",
                json!({ "username": name, "password": "wrong horse" }),
            )
            .await;
        times.push(begun.elapsed().as_secs_f64());
        assert_eq!(answer.status(), 401);
        bodies.push(answer.text().await.unwrap());
    }
    assert_eq!(bodies[0], bodies[1]);
    // Without the work of a hash the unknown user would be answered a hundred times faster.
    assert!(times[1] > times[0] / 10., "{times:?}");
}

#[tokio::test]
async fn ten_failed_log_ins_lock_a_user_name_in_every_mode_and_others_go_on() {
    for hub in [Hub::embedded(), Hub::in_mesh()] {
        hub.sign_up("ada").await;
        hub.sign_up("eve").await;
        let log_in = async |name: &str, password: &str| {
            hub.post(
                "/api/v1/login",
                json!({ "username": name, "password": password }),
            )
            .await
        };
        for _ in 0..10 {
            assert_eq!(log_in("ada", "wrong horse").await.status(), 401);
        }
        let refused = log_in("ada", PASSWORD).await;
        assert_eq!(refused.status(), 429);
        assert!(
            refused.headers()["retry-after"]
                .to_str()
                .unwrap()
                .parse::<u64>()
                .unwrap()
                > 0
        );
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(
            (&problem["code"], &problem["violated-policies"]),
            (&json!("rate_limited"), &json!(["log_in"]))
        );
        assert_eq!(log_in("eve", PASSWORD).await.status(), 200);
    }
}

#[tokio::test]
async fn what_hashing_passwords_took_is_given_back() {
    const MB: u64 = 1_000_000;
    let hub = Hub::in_mesh();
    let sign_up = async |number: u32| {
        let body = json!({ "username": format!("user-{number}"), "password": PASSWORD });
        hub.post("/api/v1/signup", body).await.status()
    };
    let answers = stream::iter(0..200).map(sign_up).buffer_unordered(8);
    assert!(answers.all(async |status| status == 201).await);
    let status = format!("/proc/{}/status", hub.process.id());
    let status = std::fs::read_to_string(status).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = resident.unwrap().trim().strip_suffix(" kB").unwrap();
    let bytes = 1024 * kilobytes.parse::<u64>().unwrap();
    assert!(bytes <= 200 * MB, "{bytes} bytes are resident");
}

#[tokio::test]
async fn who_guesses_at_a_name_locks_out_nobody_but_themselves() {
    let hub = Hub::in_mesh();
    hub.sign_up("ada").await;
    let log_in = async |client: &str, password: &str| {
        let body = json!({ "username": "ada", "password": password });
        let request = hub.ask(Method::POST, "/api/v1/login").json(&body);
        let answer = request.header("x-imagehub-client", client).send().await;
        answer.unwrap().status()
    };
    for _ in 0..10 {
        assert_eq!(log_in("203.0.113.9", "wrong horse").await, 401);
    }
    assert_eq!(log_in("203.0.113.9", PASSWORD).await, 429);
    assert_eq!(log_in("203.0.113.10", PASSWORD).await, 200);
}

#[tokio::test]
async fn a_hundred_wrong_passwords_from_everywhere_lock_a_name() {
    let hub = Hub::in_mesh();
    hub.sign_up("ada").await;
    let log_in = async |number: u8, password: &str| {
        let body = json!({ "username": "ada", "password": password });
        let request = hub.ask(Method::POST, "/api/v1/login").json(&body);
        let client = format!("203.0.113.{number}");
        let answer = request.header("x-imagehub-client", client).send().await;
        answer.unwrap().status()
    };
    for number in 0..100 {
        assert_eq!(log_in(number, "wrong horse").await, 401);
    }
    assert_eq!(log_in(200, PASSWORD).await, 429);
}

#[tokio::test]
async fn a_log_in_is_the_same_from_every_keyboard() {
    let hub = Hub::embedded();
    let (composed, decomposed) = ("caf\u{e9} au lait", "cafe\u{301} au lait");
    let made = json!({ "username": "ada", "password": composed });
    assert_eq!(hub.post("/api/v1/signup", made).await.status(), 201);
    for name in ["ada", "Ada", "ada "] {
        let body = json!({ "username": name, "password": decomposed });
        assert_eq!(
            hub.post("/api/v1/login", body).await.status(),
            200,
            "{name:?}"
        );
    }
}

#[tokio::test]
async fn a_session_is_renewed_from_the_catalogue_and_says_who_one_is() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let answer = ada
        .send(
            Method::POST,
            "/api/v1/tenants",
            json!({ "name": "acme", "plan": "team" }),
        )
        .await;
    assert_eq!(answer.status(), 201);
    let renewed = ada
        .ask(Method::POST, "/api/v1/session")
        .send()
        .await
        .unwrap();
    assert_eq!(renewed.status(), 200);
    let session: Value = renewed.json().await.unwrap();
    assert_eq!(
        session["tenants"]["acme"],
        json!({ "role": "owner", "plan": "team" })
    );
    let me: Value = ada.get("/api/v1/me").await.json().await.unwrap();
    assert_eq!(me["user"], "ada");
    assert_eq!(me["tenants"]["acme"]["plan"], "team");
}

#[tokio::test]
async fn logging_out_takes_the_cookie_away() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let answer = ada
        .ask(Method::POST, "/api/v1/logout")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 204);
    assert!(
        answer.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
}

#[tokio::test]
async fn no_bad_token_is_believed_with_or_without_limits() {
    for hub in [Hub::embedded(), Hub::in_mesh()] {
        let ada = hub.sign_up("ada").await;
        let (head, tail) = ada.token.rsplit_once('.').unwrap();
        let none = format!("eyJhbGciOiJub25lIn0.{}.", head.split_once('.').unwrap().1);
        let tokens = [
            "junk".to_owned(),
            format!("{head}."),
            format!("{head}x.{tail}"),
            none,
            "a".repeat(20_000),
        ];
        for token in tokens {
            let answer = hub
                .ask(Method::GET, "/api/v1/me")
                .header("authorization", format!("Bearer {token}"))
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 401, "{}", &token[..20.min(token.len())]);
        }
        let both = hub
            .ask(Method::GET, "/api/v1/me")
            .header(
                "cookie",
                format!("imagehub_session={0}; imagehub_session={0}", ada.token),
            )
            .send()
            .await
            .unwrap();
        assert_eq!(both.status(), 401);
    }
}
