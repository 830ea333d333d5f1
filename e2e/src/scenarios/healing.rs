//! A virtual machine of the filter that died is found and replaced without hands: soon no client
//! meets it, the rest of the mesh goes on, and what users have left is kept.
//!
//! The filter here is a build that ends when a request asks for it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::client::Client;
use crate::images;
use crate::load::{self, Background, Tally};
use crate::mesh::{Kind, Mesh};
use crate::policy::{apply, pulls_a_day};
use crate::process::{self, Pid};
use crate::scenario::Scenario;
use crate::wait;

/// Detected and healed in this time, counted from the death.
const HEALED: Duration = Duration::from_secs(10);
/// Connections that the edge is made to keep to the sidecar.
const KEPT: usize = 800;
/// Three attempts of a quarter of a minute, two pauses of at most a minute, and what a busy machine adds.
const TRIED: Duration = Duration::from_secs(200);
/// The longest pause between two attempts is a minute.
const HEALED_AFTER_MANY: Duration = Duration::from_secs(75);

pub fn scenarios() -> Vec<Scenario> {
    let kind = Kind::TwoWorkersSqlite;
    vec![
        Scenario::new(
            "healing::of_a_dead_filter_without_hands",
            kind,
            |mesh| async move { without_hands(&mesh).await },
        )
        .disturbs(),
        Scenario::new(
            "healing::of_a_filter_that_dies_again_and_again",
            kind,
            |mesh| async move { again_and_again(&mesh).await },
        )
        .disturbs()
        .within(Duration::from_secs(330)),
        Scenario::new(
            "healing::a_reload_under_load_fails_no_request",
            kind,
            |mesh| async move { reload(&mesh).await },
        )
        .disturbs(),
    ]
}

async fn without_hands(mesh: &Mesh) -> Result<()> {
    mesh.filter_on_with(&trap_module()?).await?;
    apply(mesh, &pulls_a_day(10, 100)?).await?;
    let person = mesh.client().sign_up("healed").await?;
    let image = person.keep("one.png", images::small_png()?).await?;
    let pull = image["pull"].as_str().context("no pull URL")?;
    for _ in 0..4 {
        person.client.get(pull).await?.expect(200)?;
    }
    let others = parts(mesh)?;
    let heals = heals(mesh).await?;
    fill_edge_with_connections(mesh).await?;

    end_a_virtual_machine(mesh).await?;
    wait::until("it is healed", HEALED, || async {
        all_served(mesh).await?;
        ensure!(heals_counted(mesh).await? > heals, "by itself");
        Ok(())
    })
    .await?;
    // Every connection that the edge kept would have shown itself.
    let after = many(mesh, KEPT).await?;
    ensure!(after.count(200) == after.total(), "{after:?}");
    let status = mesh.status().await?;
    ensure!(status.ready && !status.filter.dead, "{status:?}");

    ensure!(parts(mesh)? == others, "another process than before");
    let mut left = 0;
    while person.client.get(pull).await?.status == 200 {
        left += 1;
    }
    ensure!(left == 6, "4 of 10 pulls were used, {left} were left");
    mesh.hub(&["filter", "on"]).await?;
    Ok(())
}

async fn again_and_again(mesh: &Mesh) -> Result<()> {
    mesh.filter_on_with(&trap_module()?).await?;
    let others = parts(mesh)?;
    let mark = mesh.logs().mark();
    let client = mesh.client().with_fresh_connections();
    let killer = Background::start(2, Duration::from_millis(100), 503, move |_| {
        let client = client.clone();
        async move { client.send(trap(&client)).await }
    });
    let pauses = wait::until("it was tried three times", TRIED, || async {
        let pauses = pauses(mesh, &mark);
        ensure!(pauses.len() >= 3, "{pauses:?}");
        Ok(pauses)
    })
    .await?;
    ensure!(
        pauses.is_sorted_by(|before, after| before < after),
        "the pauses do not grow: {pauses:?}"
    );
    ensure!(parts(mesh)? == others, "another process than before");
    killer.finish().await?;
    wait::until("it is healed", HEALED_AFTER_MANY, || all_served(mesh)).await?;
    mesh.hub(&["filter", "on"]).await?;
    Ok(())
}

async fn reload(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("reloaded").await?;
    let clients = [
        person.client.sibling(),
        person.client.with_fresh_connections(),
    ];
    let path = format!("/t/{}/images?limit=1", person.name);
    let person = person.on_plan("enterprise").await?;
    let token = person.client.token().to_owned();
    let load = Background::start(4, Duration::from_millis(25), 200, move |number| {
        let client = clients[number % 2].with_token(&token);
        let path = path.clone();
        async move { client.get(&path).await }
    });
    fill_edge_with_connections(mesh).await?;
    for _ in 0..3 {
        mesh.hub(&["filter", "reload"]).await?;
    }
    load.finish_without_complaint(100).await?;
    mesh.hub(&["filter", "off"]).await?;
    let refused = mesh.try_hub(&["filter", "reload"]).await?;
    ensure!(
        !refused.status.success(),
        "it reloaded a filter that is off"
    );
    let said = mesh.hub(&["filter", "status"]).await?;
    ensure!(said.trim() == "off", "a reload switched it on: {said:?}");
    Ok(())
}

/// The filter that ends when a request asks for it.
fn trap_module() -> Result<PathBuf> {
    std::env::var_os("IMAGEHUB_TRAP_MODULE")
        .map(PathBuf::from)
        .context("IMAGEHUB_TRAP_MODULE names no module: cargo hub test builds one")
}

fn trap(client: &Client) -> reqwest::RequestBuilder {
    client
        .request(reqwest::Method::GET, "/healthz")
        .header("x-imagehub-trap", "1")
}

async fn end_a_virtual_machine(mesh: &Mesh) -> Result<()> {
    let client = mesh.client();
    client.send(trap(&client)).await?.expect(503).map(drop)
}

/// The processes that have to go on.
fn parts(mesh: &Mesh) -> Result<[Pid; 4]> {
    let ports = &mesh.started().ports;
    Ok([
        process::listening_on(ports.consul)?,
        process::listening_on(ports.app)?,
        process::listening_on(ports.app_admin)?,
        process::listening_on(ports.edge_admin)?,
    ])
}

/// Makes the edge keep many connections to the sidecar: as many requests wait for the application
/// at one time.
async fn fill_edge_with_connections(mesh: &Mesh) -> Result<()> {
    let application = process::listening_on(mesh.started().ports.app)?.pause()?;
    let waiting = async {
        wait::until("the edge has the connections", HEALED, || async {
            let open = edge_connections(mesh).await?;
            ensure!(open >= KEPT as u64, "{open}");
            Ok(())
        })
        .await?;
        drop(application);
        Ok(())
    };
    let (tally, ()) = futures_util::future::try_join(many(mesh, KEPT), waiting).await?;
    ensure!(tally.count(200) == tally.total(), "{tally:?}");
    Ok(())
}

async fn edge_connections(mesh: &Mesh) -> Result<u64> {
    let admin = std::net::SocketAddr::from(([127, 0, 0, 1], mesh.started().ports.edge_admin));
    let path = "/stats?format=json&filter=cluster.imagehub-app.*upstream_cx_active";
    let stats = Client::new(admin).get(path).await?.expect(200)?.json()?;
    let values = stats["stats"].as_array().context("no stats")?.iter();
    Ok(values.filter_map(|stat| stat["value"].as_u64()).sum())
}

/// So many requests at one time, each on a connection of its own.
async fn many(mesh: &Mesh, count: usize) -> Result<Tally> {
    let client = Arc::new(mesh.client().with_fresh_connections());
    load::burst(count, 1, move |_| {
        let client = Arc::clone(&client);
        async move { client.get("/healthz").await }
    })
    .await
}

/// Every worker serves.
async fn all_served(mesh: &Mesh) -> Result<()> {
    let tally = many(mesh, mesh.started().workers * 8).await?;
    ensure!(tally.count(200) == tally.total(), "{tally:?}");
    Ok(())
}

/// What the watch's own metrics say.
async fn heals_counted(mesh: &Mesh) -> Result<u64> {
    let watch = std::net::SocketAddr::from(([127, 0, 0, 1], mesh.started().ports.watch_metrics));
    let metrics = Client::new(watch)
        .get("/metrics")
        .await?
        .expect(200)?
        .text();
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix("imagehub_filter_heals_total "))
        .with_context(|| format!("no such metric: {metrics}"))?;
    Ok(line.parse()?)
}

async fn heals(mesh: &Mesh) -> Result<u64> {
    let status = mesh.status().await?;
    status.filter.heals.context("no watch answers")
}

/// How long the watch said that it waits before it heals again.
fn pauses(mesh: &Mesh, mark: &crate::logs::Mark) -> Vec<u64> {
    let lines = mesh.logs().lines_since(mark, "watch");
    lines
        .iter()
        .filter_map(|line| {
            line.split_once("not before ")?
                .1
                .strip_suffix(" s")?
                .parse()
                .ok()
        })
        .collect()
}
