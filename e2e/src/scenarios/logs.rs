//! What is written about requests: one id joins it, the client's address is the true one, and no
//! log is a place to find credentials.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::Value;

use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;
use crate::wait;

/// Envoy writes its log every ten seconds.
const WRITTEN: Duration = Duration::from_secs(30);
const SECRET: &str = "0123456789abcdefghijklmnopqrstuv";

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "logs::join_by_the_request_id_name_the_client_and_hold_no_secret_of_a_link",
            Kind::TwoWorkersSqlite,
            |mesh| async move { without_secrets(&mesh).await },
        )
        .within(Duration::from_secs(90)),
    ]
}

async fn without_secrets(mesh: &Mesh) -> Result<()> {
    let mark = mesh.logs().mark();
    let person = mesh.client().sign_up("discreet").await?;
    let tenant = &person.name;
    for path in [
        format!("/s/{tenant}/{SECRET}"),
        format!("/join/{tenant}/{SECRET}"),
        format!("/api/v1/join/{tenant}/{SECRET}"),
        format!("/t/{tenant}/shares/{SECRET}"),
        format!("/api/v1/tenants/{tenant}/invite-links/{SECRET}"),
    ] {
        person.client.get(&path).await?;
    }
    // The last one, so that all are written once it is.
    let listing = format!("/t/{tenant}/images");
    let searched = format!("{listing}?q={SECRET}");
    let request = person.client.request(Method::GET, &searched);
    let request = request.header("x-imagehub-client", "6.6.6.6");
    person.client.send(request).await?.expect(200)?;

    for log in ["edge", "sidecar"] {
        let lines = wait::until(&format!("{log}.log has the requests"), WRITTEN, || async {
            let lines = mesh.logs().lines_since(&mark, log);
            let listed = lines.iter().any(|line| has_path(line, &listing));
            ensure!(listed, "not yet");
            Ok(lines)
        })
        .await?;
        let hidden = lines.iter().filter(|line| has_path(line, "(a link)"));
        ensure!(hidden.count() >= 5, "{log}: {lines:#?}");
        let line = lines.iter().find(|line| has_path(line, &listing));
        let line: Value = serde_json::from_str(line.context("no line")?)?;
        let client = person.client.address().to_string();
        ensure!(line["client"] == client, "{log}: not {client}: {line}");
        let id = line["request_id"].as_str().context("no request id")?;
        let application = mesh.logs().lines_since(&mark, "app");
        ensure!(
            application.iter().any(|line| line.contains(id)),
            "the application's log does not know {id} of {log}.log: {application:#?}"
        );
    }
    for log in ["edge", "sidecar", "app"] {
        let telling = mesh.logs().lines_since(&mark, log);
        let telling: Vec<_> = telling
            .iter()
            .filter(|line| line.contains(SECRET) || line.contains(person.client.token()))
            .collect();
        ensure!(telling.is_empty(), "{log}.log: {telling:#?}");
    }
    Ok(())
}

fn has_path(line: &str, path: &str) -> bool {
    serde_json::from_str::<Value>(line).is_ok_and(|line| line["path"] == path)
}
