use std::process::Command;
use std::time::Duration;

use imagehub_app::routes::ENDPOINTS;
use reqwest::Method;
use serde_json::Value;

use crate::world::{Hub, PASSWORD, code};

#[tokio::test]
async fn without_redis_it_is_alive_with_keys_but_not_ready() {
    let hub = Hub::start(&["--redis-url", "redis://127.0.0.1:1"]);
    assert_eq!(hub.get("/healthz").await.status(), 200);
    let keys: Value = hub
        .get("/.well-known/jwks.json")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    assert_eq!(keys["keys"][0]["crv"], "Ed25519");
    for answer in [
        hub.get("/readyz").await,
        hub.post(
            "/api/v1/signup",
            serde_json::json!({ "username": "ada", "password": PASSWORD }),
        )
        .await,
    ] {
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
        assert_eq!(code(answer).await, "unavailable");
    }
}

#[tokio::test]
async fn without_its_blobs_it_is_alive_and_says_why_it_is_not_ready() {
    let flags = [
        "--blobs=s3://pictures",
        "--s3-endpoint=http://127.0.0.1:1",
        "--s3-access-key-id=key",
        "--s3-secret-access-key=secret",
        "--s3-allow-http",
    ];
    let hub = Hub::start(&flags);
    assert_eq!(hub.get("/healthz").await.status(), 200);
    let answer = hub.get("/readyz").await;
    assert_eq!(answer.status(), 503);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "unavailable");
    assert_eq!(problem["detail"], "The blobs cannot be reached.");
}

#[tokio::test]
async fn told_to_stop_it_is_alive_but_not_ready_until_it_has_drained() {
    let mut hub = Hub::start(&["--drain-seconds", "600"]);
    assert_eq!(hub.get("/readyz").await.status(), 200);
    terminate(&hub);
    let not_ready = async {
        while hub.get("/readyz").await.status() != 503 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), not_ready)
        .await
        .unwrap();
    assert_eq!(hub.get("/healthz").await.status(), 200);
    hub.sign_up("ada").await;

    // Who asks once more does not want to wait.
    terminate(&hub);
    let ended = tokio::task::spawn_blocking(move || hub.process.wait().unwrap());
    assert!(ended.await.unwrap().success());
}

fn terminate(hub: &Hub) {
    let told = Command::new("kill")
        .args(["-TERM", &hub.process.id().to_string()])
        .status();
    assert!(told.unwrap().success());
}

#[tokio::test]
async fn it_is_ready_with_its_own_catalogue() {
    assert_eq!(Hub::embedded().get("/readyz").await.status(), 200);
}

#[tokio::test]
async fn after_a_restart_sessions_and_pictures_are_still_there() {
    let mut hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    ada.add("p.png", crate::world::picture(1)).await;
    let token = ada.token.clone();
    hub.process.kill().unwrap();
    hub.process.wait().unwrap();
    let data = std::mem::replace(&mut hub.data, tempfile::tempdir().unwrap());
    let hub = Hub::start_in(data, &[]);
    let answer = hub
        .ask(Method::GET, "/t/ada/images")
        .header("authorization", format!("Bearer {token}"))
        .send()
        .await
        .unwrap();
    let page: Value = answer.json().await.unwrap();
    assert_eq!(page["images"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn told_to_stop_it_answers_what_it_has_begun() {
    let mut hub = Hub::in_mesh();
    hub.sign_up("ada").await;
    // A log-in takes long enough to be under way when the signal comes.
    let login = hub
        .ask(Method::POST, "/api/v1/login")
        .json(&serde_json::json!({ "username": "ada", "password": PASSWORD }))
        .send();
    let stop = async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        terminate(&hub);
    };
    let (answer, ()) = tokio::join!(login, stop);
    assert_eq!(answer.unwrap().status(), 200);
    let ended = tokio::task::spawn_blocking(move || hub.process.wait().unwrap())
        .await
        .unwrap();
    assert!(ended.success());
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let hub = Hub::in_mesh();
    let unknown = hub.get("/nothing/here").await;
    assert_eq!(
        (unknown.status().as_u16(), code(unknown).await),
        (404, "not_found".into())
    );
    let method = hub.ask(Method::DELETE, "/plans").send().await.unwrap();
    assert_eq!(method.headers()["allow"], "GET, HEAD");
    assert_eq!(
        (method.status().as_u16(), code(method).await),
        (405, "method_not_allowed".into())
    );
    assert_eq!(hub.get("/metrics").await.status(), 404);
}

#[tokio::test]
async fn head_is_answered_wherever_get_is_without_a_body() {
    let hub = Hub::in_mesh();
    for path in [
        "/",
        "/healthz",
        "/plans",
        "/static/site.css",
        "/openapi.json",
        "/api/v1/plans",
    ] {
        let get = hub.get(path).await;
        let head = hub.ask(Method::HEAD, path).send().await.unwrap();
        assert_eq!(head.status(), get.status());
        assert_eq!(
            head.headers()["content-length"],
            get.headers()["content-length"],
            "{path}"
        );
        assert!(head.bytes().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_description_names_every_route_and_every_schema_it_uses() {
    let hub = Hub::embedded();
    let document: Value = hub.get("/openapi.json").await.json().await.unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    for endpoint in ENDPOINTS {
        let operation = &document["paths"][endpoint.path][endpoint.method.to_lowercase()];
        assert!(
            operation["responses"].is_object(),
            "{} {}",
            endpoint.method,
            endpoint.path
        );
        let declared = operation["parameters"]
            .as_array()
            .map_or(0, |all| all.iter().filter(|p| p["in"] == "path").count());
        assert_eq!(declared, endpoint.path.matches('{').count());
    }
    let text = document.to_string();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(
            document["components"]["schemas"][name].is_object(),
            "{name}"
        );
    }
}

#[test]
fn help_lists_every_setting_with_its_variable() {
    let help = Command::new(env!("CARGO_BIN_EXE_imagehub-app"))
        .arg("--help")
        .env_clear()
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for setting in [
        "BIND",
        "DATA",
        "BLOBS",
        "REDIS_URL",
        "PUBLIC_URL",
        "POLICY",
        "LIMITS",
        "MAX_FILE_BYTES",
        "MAX_PIXELS",
        "MAX_FRAMES",
        "DECODE_SECONDS",
    ] {
        assert!(help.contains(&format!("IMAGEHUB_{setting}")), "{setting}");
    }
}
