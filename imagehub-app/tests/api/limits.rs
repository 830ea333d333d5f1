use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{BROWSER, Hub, PASSWORD, picture};

#[tokio::test]
async fn the_eleventh_pull_in_a_row_is_refused_and_after_an_upgrade_the_next_passes() {
    let hub = Hub::embedded();
    let mut ada = hub.sign_up("ada").await;
    let image = ada.add("p.png", picture(1)).await;
    let path = image["pull"].as_str().unwrap();
    for used in 1..=10 {
        let method = if used % 2 == 0 {
            Method::HEAD
        } else {
            Method::GET
        };
        let answer = ada.ask(method, path).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(
            answer.headers()["ratelimit-policy"],
            "\"user\";q=10;w=60, \"tenant\";q=100;w=60"
        );
    }
    let refused = ada.get(path).await;
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=7).contains(&wait), "{wait}");
    assert!(
        refused.headers()["ratelimit"]
            .to_str()
            .unwrap()
            .starts_with("\"user\";r=0;")
    );
    assert!(!refused.headers().contains_key("x-imagehub-filter"));
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(
        (
            &problem["code"],
            &problem["type"],
            &problem["violated-policies"]
        ),
        (
            &json!("rate_limited"),
            &json!("https://iana.org/assignments/http-problem-types#quota-exceeded"),
            &json!(["user"])
        )
    );

    let page = ada.page(path).await;
    assert_eq!(page.status(), 429);
    let page = page.text().await.unwrap();
    assert!(page.contains("data-retry-after") && page.contains("/plans?tenant=ada"));

    let upgraded = ada
        .send(
            Method::PUT,
            "/api/v1/tenants/ada/plan",
            json!({ "plan": "team" }),
        )
        .await;
    let session: Value = upgraded.json().await.unwrap();
    ada.token = session["token"].as_str().unwrap().to_owned();
    let next = ada.get(path).await;
    assert_eq!(next.status(), 200);
    assert!(
        next.headers()["ratelimit"]
            .to_str()
            .unwrap()
            .starts_with("\"user\";r=89;")
    );
}

#[tokio::test]
async fn after_many_forged_signatures_an_addresss_tokens_are_refused_but_for_those_seen_before() {
    let hub = Hub::embedded();
    let mut ada = hub.sign_up("ada").await;
    assert_eq!(ada.get("/t/ada").await.status(), 200);
    let good = ada.token.clone();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    ada.token = format!("{signed}.{other}{}", &signature[1..]);
    let mut answers = Vec::new();
    for _ in 0..400 {
        answers.push(ada.get("/t/ada").await.status().as_u16());
    }
    assert_eq!(answers[..290], [401; 290]);
    assert!(answers[290..].contains(&429), "{answers:?}");
    ada.token = good;
    assert_eq!(ada.get("/t/ada").await.status(), 200);
}

#[tokio::test]
async fn in_the_mesh_the_application_limits_nothing_but_log_ins() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("p.png", picture(1)).await;
    for _ in 0..30 {
        let answer = ada.get(image["pull"].as_str().unwrap()).await;
        assert_eq!(answer.status(), 200);
        assert!(!answer.headers().contains_key("ratelimit"));
    }
    for _ in 0..70 {
        let answer = hub.post("/api/v1/login", json!({ "username": "x" })).await;
        assert_eq!(answer.status(), 422);
    }
}

#[tokio::test]
async fn a_browser_without_a_session_is_sent_to_log_in_and_back() {
    for hub in [Hub::embedded(), Hub::in_mesh()] {
        hub.sign_up("ada").await;
        let sent = hub
            .ask(Method::GET, "/t/ada?tag=sea")
            .header("accept", BROWSER)
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), 303);
        assert_eq!(
            sent.headers()["location"],
            "/login?next=%2Ft%2Fada%3Ftag%3Dsea"
        );
        let form = [
            ("username", "ada"),
            ("password", PASSWORD),
            ("next", "/t/ada?tag=sea"),
        ];
        let back = hub.form("/login", &form).send().await.unwrap();
        assert_eq!(
            (
                back.status().as_u16(),
                back.headers()["location"].to_str().unwrap()
            ),
            (303, "/t/ada?tag=sea")
        );
    }
}

#[tokio::test]
async fn a_changed_policy_holds_without_a_restart_and_a_broken_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.json");
    let shipped = include_str!("../../../consul/policy.json");
    std::fs::write(&path, shipped).unwrap();
    let hub = Hub::start(&["--policy", path.to_str().unwrap()]);
    let pulls = async || {
        let plans: Value = hub.get("/api/v1/plans").await.json().await.unwrap();
        plans["plans"][0]["limits"]["pull"]["user"]["count"].as_u64()
    };
    assert_eq!(pulls().await, Some(10));
    std::fs::write(&path, "{}").unwrap();
    let changed = shipped.replacen("\"count\": 10,", "\"count\": 7,", 1);
    assert_ne!(changed, shipped);
    let mut seen = Vec::new();
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    // Long enough for the broken file to be looked at, before the good one replaces it.
    while seen.len() < 20 {
        seen.push(pulls().await);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(seen.iter().all(|count| *count == Some(10)), "{seen:?}");
    std::fs::write(&path, changed).unwrap();
    while pulls().await != Some(7) {
        assert!(
            tokio::time::Instant::now() < deadline,
            "the new policy is not in force"
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
