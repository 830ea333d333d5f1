//! `hub filter off` takes the limits and the filter's marks away and nothing else; `on` brings them
//! back; under load, not one request fails.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::images;
use crate::load::Background;
use crate::mesh::{Kind, Mesh};
use crate::process;
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "filter_switch::off_and_on_under_load",
            Kind::TwoWorkersSqlite,
            |mesh| async move { off_and_on(&mesh).await },
        )
        .disturbs(),
        Scenario::new(
            "filter_switch::off_and_on_under_load_with_four_workers",
            Kind::FourWorkersRedis,
            |mesh| async move { off_and_on(&mesh).await },
        )
        .disturbs(),
    ]
}

async fn off_and_on(mesh: &Mesh) -> Result<()> {
    let busy = mesh
        .client()
        .sign_up("busy")
        .await?
        .on_plan("enterprise")
        .await?;
    let path = format!("/t/{}/images?limit=1", busy.name);
    let clients: Vec<_> = (0..6).map(|_| busy.client.sibling()).collect();
    let load = Background::start(6, Duration::from_millis(25), 200, move |number| {
        // Half of the clients open a connection for each request.
        let client = if number % 2 == 0 {
            clients[number].clone()
        } else {
            clients[number].with_fresh_connections()
        };
        let path = path.clone();
        async move { client.get(&path).await }
    });
    let application = process::listening_on(mesh.started().ports.app)?;

    let person = mesh.client().sign_up("switched").await?;
    let image = person.keep("one.png", images::small_png()?).await?;
    let pull = image["pull"].as_str().context("no pull URL")?;
    for _ in 0..10 {
        person.client.get(pull).await?.expect(200)?;
    }
    person
        .client
        .get(pull)
        .await?
        .expect_problem(429, "rate_limited")?;

    mesh.hub(&["filter", "off"]).await?;
    let said = mesh.hub(&["filter", "status"]).await?;
    ensure!(said.trim() == "off", "`hub filter status` says {said:?}");
    let status = mesh.status().await?;
    ensure!(status.ready && !status.filter.on, "{status:?}");
    let fresh = person.client.with_fresh_connections();
    for _ in 0..20 {
        let answer = fresh.get(pull).await?.expect(200)?;
        for header in ["x-imagehub-filter", "ratelimit", "ratelimit-policy"] {
            ensure!(!answer.has(header), "with the filter off: {answer}");
        }
    }
    let stranger = mesh.client().sign_up("stranger").await?;
    stranger
        .client
        .get(pull)
        .await?
        .expect_problem(403, "forbidden")?;
    person
        .client
        .without_token()
        .get(pull)
        .await?
        .expect_problem(401, "unauthenticated")?;

    mesh.hub(&["filter", "on"]).await?;
    let said = mesh.hub(&["filter", "status"]).await?;
    ensure!(said.trim() == "on", "`hub filter status` says {said:?}");
    let mut admitted = 0;
    for attempt in 0..30 {
        let answer = fresh.get(pull).await?;
        answer
            .header("x-imagehub-filter")
            .with_context(|| format!("{attempt} requests after `filter on`"))?;
        admitted += usize::from(answer.status == 200);
    }
    // The counters may have started afresh, and one comes back every 6 s.
    ensure!(
        admitted <= 14,
        "{admitted} of 30 pulls passed on a plan of 10"
    );
    ensure!(
        process::listening_on(mesh.started().ports.app)? == application,
        "the application was restarted"
    );
    load.finish_without_complaint(200).await?;
    Ok(())
}
