//! Parts of the mesh go away and come back: users notice as little as can be, and nothing needs a
//! second restart.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join;

use crate::client::TestUser;
use crate::images;
use crate::load::Background;
use crate::mesh::{Kind, Mesh};
use crate::process;
use crate::scenario::Scenario;
use crate::wait;

/// How soon a part's users are served after it is back.
const BACK: Duration = Duration::from_secs(10);

pub fn scenarios() -> Vec<Scenario> {
    let kind = Kind::TwoWorkersSqlite;
    vec![
        Scenario::new("restarts::of_the_sidecar", kind, |mesh| async move {
            of_envoy(&mesh, "sidecar").await
        })
        .disturbs(),
        Scenario::new("restarts::of_the_edge", kind, |mesh| async move {
            of_envoy(&mesh, "edge").await
        })
        .disturbs(),
        Scenario::new(
            "restarts::killed_parts_come_back_by_themselves",
            kind,
            |mesh| async move { killed(&mesh).await },
        )
        .disturbs(),
        Scenario::new("restarts::of_the_application", kind, |mesh| async move {
            of_the_application(&mesh).await
        })
        .disturbs(),
        Scenario::new(
            "restarts::consul_away_is_not_noticed",
            kind,
            |mesh| async move { consul_away(&mesh).await },
        )
        .disturbs(),
        Scenario::new(
            "restarts::redis_away_is_503_and_back_in_time",
            Kind::FourWorkersRedis,
            |mesh| async move { redis_away(&mesh).await },
        )
        .disturbs(),
        Scenario::new(
            "restarts::of_redis_lose_nothing",
            Kind::FourWorkersRedis,
            |mesh| async move { of_redis(&mesh).await },
        )
        .disturbs(),
    ]
}

async fn person_with_picture(mesh: &Mesh) -> Result<(TestUser, String)> {
    let person = mesh.client().sign_up("steady").await?;
    let image = person.keep("one.png", images::small_png()?).await?;
    let id = image["id"].as_str().context("no id")?;
    let path = format!("/t/{}/images/{id}", person.name);
    Ok((person, path))
}

/// The picture is served, through the filter, within the time a part has to come back.
async fn served_again(person: &TestUser, path: &str) -> Result<()> {
    let client = person.client.with_fresh_connections();
    wait::until("served again", BACK, || async {
        let answer = client.get(path).await?.expect(200)?;
        answer.header("x-imagehub-filter").map(drop)
    })
    .await
}

async fn of_envoy(mesh: &Mesh, service: &str) -> Result<()> {
    let (person, path) = person_with_picture(mesh).await?;
    let admin = match service {
        "edge" => mesh.started().ports.edge_admin,
        _ => mesh.started().ports.app_admin,
    };
    let before = process::listening_on(admin)?;
    let back = async {
        wait::until(&format!("{service} is another process"), BACK, || async {
            ensure!(process::listening_on(admin)? != before, "still {before:?}");
            Ok(())
        })
        .await?;
        served_again(&person, &path).await
    };
    try_join(mesh.hub(&["restart", service]), back).await?;
    let after = process::listening_on(admin)?;
    ensure!(before != after, "{service} is still {before:?}");
    let status = mesh.status().await?;
    ensure!(
        status.filter.policy == mesh.started().filter.policy,
        "{status:?}"
    );
    mesh.assert_filter_alive().await
}

async fn killed(mesh: &Mesh) -> Result<()> {
    let (person, path) = person_with_picture(mesh).await?;
    let ports = &mesh.started().ports;
    for (part, port) in [
        ("edge", ports.edge_admin),
        ("sidecar", ports.app_admin),
        ("consul", ports.consul),
        ("app", ports.app),
    ] {
        let before = process::listening_on(port)?;
        before.kill()?;
        wait::until(&format!("{part} is another process"), BACK, || async {
            ensure!(process::listening_on(port)? != before, "still {before:?}");
            Ok(())
        })
        .await?;
        served_again(&person, &path).await.context(part)?;
    }
    wait::until("`hub status` is ready again", BACK, || async {
        let status = mesh.status().await?;
        ensure!(status.ready && status.filter.on, "{status:?}");
        Ok(())
    })
    .await?;
    mesh.assert_filter_alive().await
}

async fn of_the_application(mesh: &Mesh) -> Result<()> {
    let (person, path) = person_with_picture(mesh).await?;
    let client = person.client.with_fresh_connections();
    mesh.hub(&["stop", "app"]).await?;
    let (asker, asked) = (client.clone(), path.clone());
    let away = Background::start(2, Duration::from_millis(100), 503, move |_| {
        let (client, path) = (asker.clone(), asked.clone());
        async move { client.get(&path).await }
    });
    // What the filter refuses itself needs no application, as long as the edge finds the sidecar.
    let refused = client.without_token().get(&path).await?;
    ensure!(matches!(refused.status, 401 | 503), "{refused}");
    let status = mesh.status().await?;
    ensure!(!status.ready, "ready without an application: {status:?}");
    away.finish_without_complaint(4).await?;

    try_join(mesh.hub(&["start", "app"]), served_again(&person, &path)).await?;
    mesh.assert_filter_alive().await
}

async fn consul_away(mesh: &Mesh) -> Result<()> {
    let (person, path) = person_with_picture(mesh).await?;
    let person = person.on_plan("team").await?;
    let (client, asked) = (person.client.clone(), path.clone());
    let load = Background::start(4, Duration::from_millis(50), 200, move |number| {
        let (client, path) = (client.clone(), asked.clone());
        let client = if number == 0 {
            client.with_fresh_connections()
        } else {
            client
        };
        async move { client.get(&path).await }
    });
    mesh.hub(&["stop", "consul"]).await?;
    ensure!(
        !process::is_listened_on(mesh.started().ports.consul)?,
        "Consul is still there"
    );
    let output = mesh.try_hub(&["status"]).await?;
    let said = String::from_utf8_lossy(&output.stdout).to_lowercase();
    ensure!(
        said.lines().any(|line| line.contains("consul")
            && [
                "away",
                "down",
                "stopped",
                "not running",
                "unreachable",
                "does not answer"
            ]
            .iter()
            .any(|word| line.contains(word))),
        "`hub status` does not say that Consul is away: {said}"
    );
    let newcomer = mesh.client().sign_up("newcomer").await?;
    newcomer.keep("one.png", images::small_png()?).await?;
    mesh.assert_filter_alive().await?;

    mesh.hub(&["start", "consul"]).await?;
    wait::until(
        "`hub status` is ready again",
        Duration::from_secs(30),
        || async {
            let status = mesh.status().await?;
            ensure!(status.ready && status.filter.on, "{status:?}");
            Ok(())
        },
    )
    .await?;
    // Consul with an empty memory would have the Envoys drop their listeners about now.
    served_again(&person, &path).await?;
    load.finish_without_complaint(100).await?;
    mesh.assert_filter_alive().await
}

async fn redis_away(mesh: &Mesh) -> Result<()> {
    let (person, path) = person_with_picture(mesh).await?;
    let client = person.client.with_fresh_connections();
    mesh.hub(&["stop", "redis"]).await?;
    wait::until("the application misses Redis", BACK, || async {
        client.get(&path).await?.expect(503).map(drop)
    })
    .await?;
    for _ in 0..5 {
        let asked = Instant::now();
        let answer = client.get(&path).await?;
        let took = asked.elapsed();
        let answer = answer.expect_problem(503, "unavailable")?;
        answer.header("x-imagehub-filter")?;
        ensure!(answer.retry_after()? >= 1, "{answer}");
        ensure!(took < Duration::from_secs(6), "503 only after {took:?}");
    }
    client.get("/healthz").await?.expect(200)?;
    client.get("/.well-known/jwks.json").await?.expect(200)?;
    client.get("/readyz").await?.expect(503)?;
    // The filter needs no Redis to refuse.
    client
        .without_token()
        .get(&path)
        .await?
        .expect_problem(401, "unauthenticated")?;

    try_join(mesh.hub(&["start", "redis"]), served_again(&person, &path)).await?;
    client.get("/readyz").await?.expect(200)?;
    Ok(())
}

async fn of_redis(mesh: &Mesh) -> Result<()> {
    let (person, path) = person_with_picture(mesh).await?;
    let before = person.client.get(&path).await?.expect(200)?.json()?;
    for service in ["redis", "redis-sidecar", "app"] {
        mesh.hub(&["restart", service]).await?;
        served_again(&person, &path).await.context(service)?;
        let after = person.client.get(&path).await?.expect(200)?.json()?;
        ensure!(
            before == after,
            "after a restart of {service}: {after}, not {before}"
        );
    }
    // The key survived with the rest: the token from before is still good, and so is a new one.
    person.keep("two.png", images::small_png()?).await?;
    Ok(())
}
