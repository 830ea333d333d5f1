//! What the log says of a request, and what it never says.

use std::io::Read as _;
use std::process::{Command, Stdio};

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Hub, picture};

/// The application with its log as machines read it.
fn logged() -> Hub {
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_imagehub-app"));
    command
        .args(["--bind", "127.0.0.1:0", "--metrics-bind", "127.0.0.1:0"])
        .args(["--limits", "mesh", "--log-format", "json", "--data"])
        .arg(data.path())
        .env_clear()
        .stderr(Stdio::piped());
    Hub::run(command, data)
}

/// All it logged, once it has ended.
fn log_of(mut hub: Hub) -> String {
    hub.process.kill().unwrap();
    let mut log = String::new();
    hub.process
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    log
}

/// The fields of the line with this request id.
fn line(log: &str, request_id: &str) -> Option<Value> {
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut fields = lines.map(|line| line["fields"].clone());
    fields.find(|fields| fields["request_id"] == request_id)
}

#[tokio::test]
async fn a_line_tells_which_route_and_tenant_and_never_who_or_what() {
    let hub = logged();
    let mut ada = hub.sign_up("ada-lovelace").await;
    let founded = ada
        .send(
            Method::POST,
            "/api/v1/tenants",
            json!({ "name": "lab", "plan": "team" }),
        )
        .await;
    let founded: Value = founded.json().await.unwrap();
    ada.token = founded["token"].as_str().unwrap().to_owned();
    ada.name = "lab".to_owned();
    ada.add("holiday.png", picture(1)).await;
    for (path, id) in [
        ("/t/lab/images?q=engine", "edge-1"),
        ("/s/lab/0123456789secret", "edge-2"),
        ("/healthz", "edge-3"),
        ("/readyz", "edge-4"),
        ("/.well-known/jwks.json", "edge-5"),
    ] {
        let asked = ada.ask(Method::GET, path).header("x-request-id", id);
        asked.send().await.unwrap();
    }
    let token = ada.token.clone();
    let log = log_of(hub);

    let listed = line(&log, "edge-1").expect(&log);
    assert_eq!(listed["method"], "GET");
    assert_eq!(listed["route"], "/t/{tenant}/images");
    assert_eq!(listed["tenant"], "lab");
    assert_eq!(listed["status"], 200);
    assert!(listed["milliseconds"].is_u64(), "{listed}");
    assert_eq!(
        line(&log, "edge-2").expect(&log)["route"],
        "/s/{name}/{secret}"
    );
    for probe in ["edge-3", "edge-4", "edge-5"] {
        assert_eq!(line(&log, probe), None, "machines ask for that all day");
    }
    for secret in [
        "ada-lovelace",
        "engine",
        "0123456789secret",
        "holiday",
        &token,
    ] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}
