//! What operators and users are told while Redis does not do its work.

use serde_json::{Value, json};

use crate::redis_server::RedisServer;
use crate::run;
use crate::world::{Hub, PASSWORD};

#[tokio::test]
async fn while_redis_is_a_replica_nothing_waits_and_readiness_names_the_reason() {
    let server = RedisServer::start();
    server.ask(&["REPLICAOF", "127.0.0.1", "1"]);
    let hub = Hub::start(&["--redis-url", &server.url()]);
    let ready = hub.get("/readyz").await;
    assert_eq!(ready.status(), 503);
    let problem: Value = ready.json().await.unwrap();
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("READONLY"), "{detail}");
    let body = json!({ "username": "ada", "password": PASSWORD });
    assert_eq!(hub.post("/api/v1/signup", body).await.status(), 503);
    assert_eq!(hub.get("/healthz").await.status(), 200);

    server.ask(&["REPLICAOF", "NO", "ONE"]);
    hub.sign_up("ada").await;
}

#[test]
fn a_redis_that_would_forget_records_is_refused_at_the_start() {
    let server = RedisServer::start();
    server.ask(&["CONFIG", "SET", "maxmemory-policy", "volatile-lru"]);
    let data = tempfile::tempdir().unwrap();
    let arguments = ["--bind", "127.0.0.1:0", "--metrics-bind", "127.0.0.1:0"];
    let outcome = run(
        data.path(),
        &[&arguments[..], &["--redis-url", &server.url()]].concat(),
    );
    let said = outcome.unwrap_err();
    assert!(
        said.contains("set its maxmemory-policy to noeviction"),
        "{said}"
    );
}
