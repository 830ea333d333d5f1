//! Why a request is refused is told: by `hub explain`, by the sidecar's metrics and by its log.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::client::{Client, TestUser};
use crate::images;
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;
use crate::wait;

/// The filter hands its counters over every five seconds, Envoy writes its log every ten.
const WRITTEN: Duration = Duration::from_secs(30);
const RULE: &str = "/t/{tenant}/images/{name}/pull";

pub fn scenarios() -> Vec<Scenario> {
    let kind = Kind::TwoWorkersSqlite;
    vec![
        Scenario::new(
            "verdicts::explain_tells_how_full_the_limits_are_and_spends_nothing",
            kind,
            |mesh| async move { explained(&mesh).await },
        ),
        Scenario::new(
            "verdicts::explain_goes_by_the_policy_while_the_filter_is_off",
            kind,
            |mesh| async move { unasked(&mesh).await },
        )
        .disturbs(),
        Scenario::new(
            "verdicts::are_counted_and_logged_with_their_rule",
            kind,
            |mesh| async move { counted(&mesh).await },
        )
        .within(Duration::from_secs(90)),
    ]
}

/// Somebody with a picture, and the path to pull it.
async fn with_a_picture(mesh: &Mesh, stem: &str) -> Result<(TestUser, String)> {
    let person = mesh.client().sign_up(stem).await?;
    let picture = person.keep("picture.png", images::small_png()?).await?;
    let pull = picture["pull"].as_str().unwrap_or_default().to_owned();
    Ok((person, pull))
}

async fn says(mesh: &Mesh, person: &TestUser, pull: &str, words: &str) -> Result<()> {
    let arguments = ["explain", "GET", pull, "--tenant", &person.name];
    let said = mesh.hub(&arguments).await?;
    ensure!(said.contains(words), "no {words:?} in: {said}");
    Ok(())
}

async fn explained(mesh: &Mesh) -> Result<()> {
    let (person, pull) = with_a_picture(mesh, "asked").await?;
    for _ in 0..3 {
        says(mesh, &person, &pull, "class pull: 10 are left").await?;
    }
    for _ in 0..10 {
        person.client.get(&pull).await?.expect(200)?;
    }
    says(mesh, &person, &pull, "none is left, one is back in").await?;
    says(mesh, &person, &pull, "refused    429 rate_limited").await?;
    says(mesh, &person, &pull, "otherwise  plan team: 100").await?;
    let refused = person.client.get("/hub/explain").await?;
    refused.expect_problem(401, "unauthenticated")?;
    Ok(())
}

async fn unasked(mesh: &Mesh) -> Result<()> {
    mesh.hub(&["filter", "off"]).await?;
    let output = mesh
        .try_hub(&["explain", "GET", "/t/ada/images/x/pull", "--tenant", "ada"])
        .await?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    mesh.hub(&["filter", "on"]).await?;
    ensure!(output.status.success(), "{said}");
    ensure!(
        said.contains("was not looked at: the filter is off"),
        "{said}"
    );
    Ok(())
}

async fn counted(mesh: &Mesh) -> Result<()> {
    let before = limited(mesh).await?;
    let mark = mesh.logs().mark();
    let (person, pull) = with_a_picture(mesh, "counted").await?;
    for _ in 0..12 {
        person.client.get(&pull).await?;
    }
    wait::until("Prometheus finds the refused pulls", WRITTEN, || async {
        let now = limited(mesh).await?;
        ensure!(now == before + 2, "{now}, not {before} and two more");
        Ok(())
    })
    .await?;
    wait::until("the log has a refused pull", WRITTEN, || async {
        let lines = mesh.logs().lines_since(&mark, "sidecar");
        let told = lines
            .iter()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mine: Vec<_> = told.filter(|line| line["path"] == pull.as_str()).collect();
        let refused = |line: &&Value| line["verdict"] == "limited" && line["rule"] == RULE;
        ensure!(mine.iter().filter(refused).count() == 2, "{mine:#?}");
        let passed = mine.iter().filter(|line| line["status"] == 200);
        ensure!(
            passed.clone().all(|line| line["verdict"].is_null()),
            "{mine:#?}"
        );
        ensure!(passed.count() == 10, "{mine:#?}");
        Ok(())
    })
    .await
}

/// The sidecar's counter of pulls that were refused for a limit of the plan.
async fn limited(mesh: &Mesh) -> Result<u64> {
    let admin = SocketAddr::from((Ipv4Addr::LOCALHOST, mesh.started().ports.app_admin));
    let answer = Client::new(admin)
        .get("/stats/prometheus")
        .await?
        .expect(200)?;
    let text = answer.text();
    let labels = [
        "verdict=\"limited\"",
        "plan=\"personal\"",
        &format!("rule=\"{RULE}\""),
    ];
    let found = text.lines().find(|line| {
        line.starts_with("imagehub_requests_total{")
            && labels.iter().all(|label| line.contains(label))
    });
    let value = found.and_then(|line| line.rsplit(' ').next()?.parse().ok());
    Ok(value.unwrap_or(0))
}
