//! A transfer takes as long as it does while it moves, also across a change of the filter; one that
//! stands still is cut off. What stays on the old filter is one request a connection.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use crate::client::{Client, TestUser};
use crate::images;
use crate::load;
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;
use crate::slow::{Pace, stop_reading};
use crate::wait;

/// What a transfer may stand still for in a test; otherwise minutes.
const IDLE: &str = "2s";

pub fn scenarios() -> Vec<Scenario> {
    let kind = Kind::TwoWorkersSqlite;
    vec![
        Scenario::new("transfers::end_by_idleness_only", kind, |mesh| async move {
            let route = route(&mesh).await?;
            let outcome = idleness(&mesh, route.clone()).await;
            write_entry(&mesh, &route).await.and(outcome)
        })
        .disturbs(),
        Scenario::new(
            "transfers::outlive_a_change_of_the_filter",
            kind,
            |mesh| async move { outlive(&mesh).await },
        )
        .disturbs(),
        Scenario::new(
            "transfers::an_idle_connection_carries_one_more_request_through_the_old_filter",
            kind,
            |mesh| async move { one_more(&mesh).await },
        )
        .disturbs(),
    ]
}

/// Somebody with a picture larger than what the edge and its system keep of a transfer.
async fn with_large_picture(mesh: &Mesh) -> Result<(TestUser, Value, Vec<u8>)> {
    let person = mesh.client().sign_up("slow").await?.on_plan("team").await?;
    let file = images::encode(&images::noise(2_200, 2_200), ImageFormat::Png)?;
    let stored = person.keep("large.png", file.clone()).await?;
    Ok((person, stored, file))
}

fn path_of<'a>(image: &'a Value, member: &str) -> Result<&'a str> {
    image[member].as_str().with_context(|| format!("{image}"))
}

async fn idleness(mesh: &Mesh, mut route: Value) -> Result<()> {
    let edge = config(mesh.started().ports.edge_admin).await?;
    ensure!(timeouts(&edge, "timeout") == ["0s"], "the edge's routes");
    let sidecar = config(mesh.started().ports.app_admin).await?;
    let of_sidecar = timeouts(&sidecar, "timeout");
    ensure!(
        of_sidecar.iter().any(|timeout| timeout == "0s")
            && of_sidecar.iter().all(|timeout| timeout == "0s"),
        "{of_sidecar:?}"
    );

    let (person, stored, file) = with_large_picture(mesh).await?;
    route["Rules"][0]["Filters"]["TimeoutFilter"]["IdleTimeout"] = json!(IDLE);
    write_entry(mesh, &route).await?;
    wait::until(
        "the edge is less patient",
        Duration::from_secs(20),
        || async {
            let edge = config(mesh.started().ports.edge_admin).await?;
            let idle = timeouts(&edge, "idle_timeout");
            ensure!(idle == [IDLE], "{idle:?}");
            Ok(())
        },
    )
    .await?;

    let pull = path_of(&stored, "pull")?;
    let stopped = idle_ends(mesh).await?;
    let mut silent = stop_reading(mesh.edge(), &person, pull).await?;
    // Some ten seconds each. While a large picture is decoded, nothing moves either: this one only
    // arrives as one.
    let mut other = images::small_png()?;
    other.resize(file.len(), 0);
    let pace = Pace::slow(file.len() / 100);
    let (slow_pull, slow_upload) = (
        pace.get(mesh.edge(), &person, pull),
        pace.upload(mesh.edge(), &person, &other),
    );
    wait::until("it is cut off", Duration::from_secs(30), || async {
        let now = idle_ends(mesh).await?;
        ensure!(now > stopped, "{now} idle requests ended");
        Ok(())
    })
    .await?;
    let mut rest = Vec::new();
    let ended = silent.read_to_end(&mut rest).await;
    ensure!(
        ended.is_err() || rest.len() < file.len(),
        "who stopped reading got everything"
    );
    ensure!(slow_pull.await??.ends_with(&file), "a slow pull was cut");
    expect_created(&slow_upload.await??)
}

/// Longer than the half minute after which transfers would end if nobody had said five.
const LONG: Duration = Duration::from_secs(33);

async fn outlive(mesh: &Mesh) -> Result<()> {
    for admin in [
        mesh.started().ports.app_admin,
        mesh.started().ports.edge_admin,
    ] {
        let info = admin_of(admin).get("/server_info").await?.expect(200)?;
        let options = &info.json()?["command_line_options"];
        ensure!(options["drain_time"] == "300s", "{options}");
        ensure!(options["drain_strategy"] == "Immediate", "{options}");
    }
    let (person, stored, file) = with_large_picture(mesh).await?;
    let pace = Pace::slow(4 * 1024);
    let pull = path_of(&stored, "pull")?;
    let zip = format!(
        "/t/{}/download?ids={}",
        person.name,
        path_of(&stored, "id")?
    );
    let mut other = file.clone();
    other.extend(b"another");
    let begun = Transfers::of(mesh).await?;
    let transfers = [
        pace.get(mesh.edge(), &person, pull),
        pace.get(mesh.edge(), &person, &zip),
        pace.upload(mesh.edge(), &person, &other),
    ];
    wait::until("all are under way", Duration::from_secs(20), || async {
        let now = Transfers::of(mesh).await?;
        ensure!(now.in_application >= begun.in_application + 3, "{now:?}");
        Ok(())
    })
    .await?;
    mesh.hub(&["filter", "off"]).await?;
    mesh.hub(&["filter", "on"]).await?;
    tokio::time::sleep(LONG).await;
    // What a slow reader asked for may have left the application: a kernel may keep all of it for the
    // connection between two Envoys. An upload is still on its way.
    let still = Transfers::of(mesh).await?;
    ensure!(
        still.at_edge >= begun.at_edge + 3 && still.in_application > begun.in_application,
        "{begun:?}, later {still:?}"
    );
    pace.hurry();
    let [pulled, zipped, uploaded] = transfers;
    ensure!(pulled.await??.ends_with(&file), "the pull was cut");
    ensure!(zipped.await??.ends_with(b"0\r\n\r\n"), "the zip has no end");
    expect_created(&uploaded.await??)
}

async fn one_more(mesh: &Mesh) -> Result<()> {
    let clients: Vec<Client> = (0..16).map(|_| mesh.client()).collect();
    let ask = || async {
        let clients = clients.clone();
        let (told, marks) = std::sync::mpsc::channel();
        load::burst(clients.len(), 1, move |number| {
            let (client, told) = (clients[number].clone(), told.clone());
            async move {
                let answer = client.get("/api/v1/me").await?.expect(401)?;
                let _ = told.send(answer.has("x-imagehub-filter"));
                Ok(answer)
            }
        })
        .await?;
        Ok::<_, anyhow::Error>(marks.iter().filter(|marked| *marked).count())
    };
    ensure!(ask().await? == clients.len(), "the filter is on");
    let pooled = stat(
        mesh.started().ports.edge_admin,
        r"^cluster\.imagehub-app\..*upstream_cx_active$",
    )
    .await?;
    ensure!(pooled > 0, "the edge keeps no connection");

    // Not by `hub`, which asks until the old connections are used up.
    let mut defaults = entry(mesh, "service-defaults/imagehub-app").await?;
    let extensions = defaults.as_object_mut().context("no entry")?;
    extensions.remove("EnvoyExtensions");
    write_entry(mesh, &defaults).await?;
    wait::until("the filter is out", Duration::from_secs(20), || async {
        let sidecar = config(mesh.started().ports.app_admin).await?;
        ensure!(!active_listeners(&sidecar).contains("envoy.filters.http.wasm"));
        Ok(())
    })
    .await?;
    let mut marked = 0;
    for _ in 0..8 {
        marked += ask().await?;
    }
    ensure!(
        marked as u64 <= pooled,
        "{marked} requests went through the old filter on {pooled} connections"
    );
    let late = ask().await?;
    ensure!(late == 0, "{late} requests still go through the old filter");
    Ok(())
}

fn expect_created(answer: &[u8]) -> Result<()> {
    let answer = String::from_utf8_lossy(answer);
    ensure!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    Ok(())
}

async fn route(mesh: &Mesh) -> Result<Value> {
    entry(mesh, "http-route/imagehub").await
}

fn admin_of(port: u16) -> Client {
    Client::new(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

async fn entry(mesh: &Mesh, name: &str) -> Result<Value> {
    let consul = admin_of(mesh.started().ports.consul);
    let answer = consul.get(&format!("/v1/config/{name}")).await?;
    answer.expect(200)?.json()
}

async fn write_entry(mesh: &Mesh, entry: &Value) -> Result<()> {
    let consul = admin_of(mesh.started().ports.consul);
    let answer = consul.call(Method::PUT, "/v1/config", entry).await?;
    answer.expect(200).map(drop)
}

async fn config(admin: u16) -> Result<Value> {
    let dump = admin_of(admin).get("/config_dump").await?.expect(200)?;
    dump.json()
}

/// The listeners that take new connections, as text.
fn active_listeners(config: &Value) -> String {
    let parts = config["configs"].as_array().into_iter().flatten();
    let listeners = parts.flat_map(|part| part["dynamic_listeners"].as_array());
    let active = listeners
        .flatten()
        .map(|listener| listener["active_state"].to_string());
    active.collect()
}

/// The values that this member has in the actions of all routes, wherever they are.
fn timeouts(config: &Value, member: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![config];
    while let Some(value) = left.pop() {
        match value {
            Value::Array(values) => left.extend(values),
            Value::Object(values) => {
                let action = values
                    .get("route")
                    .filter(|route| route["cluster"].is_string());
                if let Some(timeout) = action.and_then(|route| route[member].as_str()) {
                    found.push(timeout.to_owned());
                }
                left.extend(values.values());
            }
            _ => {}
        }
    }
    found
}

/// The sum of the statistics with such names.
async fn stat(admin: u16, names: &str) -> Result<u64> {
    let query: String = url::form_urlencoded::byte_serialize(names.as_bytes()).collect();
    let answer = admin_of(admin)
        .get(&format!("/stats?format=json&filter={query}"))
        .await?;
    let stats = answer.expect(200)?.json()?;
    let stats = stats["stats"].as_array().into_iter().flatten();
    Ok(stats.filter_map(|stat| stat["value"].as_u64()).sum())
}

/// How many requests the edge ended because nothing moved.
async fn idle_ends(mesh: &Mesh) -> Result<u64> {
    let edge = mesh.started().ports.edge_admin;
    stat(edge, r"^http\..*downstream_rq_idle_timeout$").await
}

/// How many requests are under way.
#[derive(Debug)]
struct Transfers {
    /// Between clients and the edge.
    at_edge: u64,
    /// Between the sidecar and the application.
    in_application: u64,
}

impl Transfers {
    async fn of(mesh: &Mesh) -> Result<Self> {
        let edge = mesh.started().ports.edge_admin;
        let application = "cluster.local_app.upstream_rq_active";
        Ok(Self {
            at_edge: stat(edge, r"^http\..*downstream_rq_active$").await?,
            in_application: mesh.sidecar_counter(application).await?,
        })
    }
}
