//! The filter's keys come from the application: a bad answer leaves the last good ones, none at all
//! closes the door with 503, and unknown key names do not make it ask again and again.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::fake_app::{FakeApp, KeySet};
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;
use crate::tokens::{Forge, good_claims};
use crate::wait;

/// Seconds between two fetches of the shipped policy.
const REFRESH: u64 = 5;

pub fn scenarios() -> Vec<Scenario> {
    let kind = Kind::TwoWorkersSqlite;
    vec![
        Scenario::new(
            "keys::a_bad_key_set_leaves_the_last_good_keys",
            kind,
            |mesh| async move { last_good(&mesh).await },
        )
        .disturbs(),
        Scenario::new("keys::none_at_all_is_503", kind, |mesh| async move {
            none_at_all(&mesh).await
        })
        .disturbs(),
        Scenario::new(
            "keys::unknown_names_do_not_cause_a_fetch_each",
            kind,
            |mesh| async move { unknown_names(&mesh).await },
        )
        .disturbs(),
    ]
}

async fn last_good(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("trusted").await?;
    let fake_app = FakeApp::replace_application(mesh, KeySet::Junk).await?;
    let fetched = fake_app.key_fetches();
    // Every worker has asked twice and got junk each time.
    let twice = 2 * mesh.started().workers;
    wait::until(
        "the filter asks for its keys",
        Duration::from_secs(6 * REFRESH),
        || async {
            let more = fake_app.key_fetches() - fetched;
            ensure!(more >= twice, "{more} of {twice} fetches");
            Ok(())
        },
    )
    .await?;
    let fresh = person.client.with_fresh_connections();
    for _ in 0..mesh.started().workers * 8 {
        fresh.get("/api/v1/me").await?.expect(200)?;
    }
    fake_app.leave().await;
    Ok(())
}

async fn none_at_all(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("early").await?;
    let fake_app = FakeApp::replace_application(mesh, KeySet::Junk).await?;
    mesh.hub(&["restart", "sidecar"]).await?;
    mesh.serves_within(Duration::from_secs(20)).await?;
    let fresh = person.client.with_fresh_connections();
    for _ in 0..8 {
        let asked = Instant::now();
        let answer = fresh.get("/api/v1/me").await?;
        let took = asked.elapsed();
        let answer = answer.expect_problem(503, "no_keys")?;
        ensure!(answer.retry_after()? >= 1, "{answer}");
        answer.header("x-imagehub-filter")?;
        ensure!(took < Duration::from_secs(4), "503 only after {took:?}");
    }
    let seen = fake_app.heads_with("/api/v1/me");
    ensure!(seen.is_empty(), "unverified, yet let through: {seen:?}");
    // Public routes need no keys.
    fresh.get("/healthz").await?.expect(200)?;
    fake_app.leave().await;

    mesh.hub(&["start", "app"]).await?;
    let back = Duration::from_secs(2 * REFRESH);
    wait::until("keys are there again", back, || async {
        fresh.get("/api/v1/me").await?.expect(200).map(drop)
    })
    .await
}

async fn unknown_names(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("asked").await?;
    let fake_app = FakeApp::replace_application(mesh, KeySet::Real).await?;
    let before = fake_app.key_fetches();
    let start = Instant::now();
    let nobody = mesh.client();
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..60 {
        let token = Forge::unknown().sign(&good_claims(&person.name));
        let client = nobody.with_token(&token);
        requests.spawn(async move { client.get("/api/v1/me").await });
    }
    while let Some(answer) = requests.join_next().await {
        answer??.expect_problem(401, "unauthenticated")?;
    }
    let fetches = fake_app.key_fetches() - before;
    // Besides the regular fetches of every worker (and Envoy's main thread), one each.
    let threads = mesh.started().workers + 1;
    let regular = threads * (usize::try_from(start.elapsed().as_secs() / REFRESH)? + 1);
    ensure!(
        fetches <= regular + threads,
        "60 unknown names made {fetches} fetches, {regular} of them regular"
    );
    person.client.get("/api/v1/me").await?.expect(200)?;
    fake_app.leave().await;
    Ok(())
}
