//! Through the whole mesh: the same requests with the filter and without it.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::Size;
use super::figure::Figure;
use super::latency::{self, Latencies};
use crate::bench::{account, clients};
use crate::config::Config;
use crate::instance::Instance;
use crate::process::port_owner::port_owner;
use crate::process::usage;
use crate::{build, mesh, probe, terminal};

/// Beside a mesh that runs with the default ports.
const PORT: u16 = 28_080;
const USER: &str = "bench";
const ENFORCED_WITHIN: Duration = Duration::from_secs(60);

/// The mesh with the filter, or without.
pub struct Side {
    pub filter: &'static str,
    pub p50: Figure,
    pub p99: Figure,
    /// Microseconds of CPU that the application's sidecar spends on a request.
    pub cpu: Figure,
    /// MiB of the sidecar.
    pub resident: f64,
    /// Milliseconds from writing Consul's entry to the first answer of the filter.
    pub enforced: Option<Figure>,
    /// Of the last round.
    pub latencies: Latencies,
    pub start: SystemTime,
    pub end: SystemTime,
}

/// A mesh of this measurement's own, from the start; ends with this value.
struct Mesh(PathBuf);

impl Mesh {
    fn up(config: &Config) -> Result<Self> {
        hub(&["down"])?;
        let mesh = Self(Instance::new(&config.root, PORT).dir);
        mesh.forget()?;
        hub(&["up", "--detach"])?;
        Ok(mesh)
    }

    /// Removes what is kept of it.
    fn forget(&self) -> std::io::Result<()> {
        match std::fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for Mesh {
    fn drop(&mut self) {
        let _ = hub(&["down"]);
        let _ = self.forget();
    }
}

/// Brings a mesh up, measures and takes it down.
///
/// # Errors
/// When it does not come up, or a request is not answered 200.
pub fn measure(config: &Config, size: Size) -> Result<Vec<Side>> {
    terminal::step("bringing a mesh up");
    let mesh = Mesh::up(config)?;
    let status: Value = serde_json::from_slice(&hub(&["status", "--json"])?)?;
    let admin = status
        .pointer("/ports/app_admin")
        .and_then(Value::as_u64)
        .and_then(|port| u16::try_from(port).ok())
        .context("the mesh tells no port of its sidecar")?;
    let token = account::sign_up(&clients::agent(), &format!("http://127.0.0.1:{PORT}"), USER)?;
    let (mut without, mut with, mut enforced) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..size.rounds {
        terminal::step(&format!("through the mesh, round {}", round + 1));
        hub(&["filter", "off"])?;
        without.push(one(&token, admin, size)?);
        enforced.push(time_to_enforce(config)?);
        hub(&["filter", "on"])?;
        with.push(one(&token, admin, size)?);
    }
    drop(mesh);
    Ok(vec![
        side("off", without, None)?,
        side("on", with, Some(Figure::of(enforced)))?,
    ])
}

/// Milliseconds from writing the entry to the first answer of a filter that was off.
fn time_to_enforce(config: &Config) -> Result<f64> {
    let mesh = mesh::Mesh::find(config, PORT)?;
    let module = build::filter(config)?;
    let start = Instant::now();
    mesh.filter_on(&module)?;
    while probe::ask(&mesh)?.filter.is_none() {
        ensure!(
            start.elapsed() < ENFORCED_WITHIN,
            "the filter does not answer"
        );
    }
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

struct Round {
    latencies: Latencies,
    cpu_micros: f64,
    resident: f64,
    start: SystemTime,
    end: SystemTime,
}

fn one(token: &str, admin: u16, size: Size) -> Result<Round> {
    let sidecar = port_owner(admin).context("nobody listens where the sidecar should")?;
    let path = format!("/t/{USER}/images?limit=1");
    let (start, before) = (SystemTime::now(), usage::processor_time(sidecar.pid)?);
    let time = Duration::from_secs(size.mesh_seconds.into());
    let latencies = latency::at_rate(PORT, &path, token, size.mesh_rate, time)?;
    let cpu = usage::processor_time(sidecar.pid)?.saturating_sub(before);
    Ok(Round {
        cpu_micros: cpu.as_secs_f64() * 1e6 / latencies.count() as f64,
        latencies,
        resident: usage::resident_kib(sidecar.pid)? as f64 / 1024.0,
        start,
        end: SystemTime::now(),
    })
}

fn side(filter: &'static str, mut rounds: Vec<Round>, enforced: Option<Figure>) -> Result<Side> {
    let figure = |what: fn(&Round) -> f64| Figure::of(rounds.iter().map(what).collect());
    let (p50, p99) = (
        figure(|round| round.latencies.quantile(0.5)),
        figure(|round| round.latencies.quantile(0.99)),
    );
    let cpu = figure(|round| round.cpu_micros);
    let last = rounds.pop().context("no round")?;
    Ok(Side {
        filter,
        p50,
        p99,
        cpu,
        resident: last.resident,
        enforced,
        latencies: last.latencies,
        start: last.start,
        end: last.end,
    })
}

/// Runs a command of this very tool on the mesh; answers what it prints.
fn hub(arguments: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new(std::env::current_exe()?)
        .args(arguments)
        .args(["--port", &PORT.to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(
        output.status.success(),
        "hub {} failed",
        arguments.join(" ")
    );
    Ok(output.stdout)
}

/// The table in Markdown, so that it can be quoted as it is.
pub fn table(sides: &[Side], rate: u32) -> Vec<String> {
    let mut lines = vec![
        format!(
            "| whole mesh, {rate} requests/s | p50, ms | p99, ms | µs CPU of the sidecar a request | sidecar, MiB | Consul's entry to enforced, ms |"
        ),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    lines.extend(sides.iter().map(|side| {
        format!(
            "| filter {} | {:.2} | {:.2} | {} | {:.0} | {} |",
            side.filter,
            side.p50.median,
            side.p99.median,
            side.cpu,
            side.resident,
            side.enforced
                .map(|figure| figure.to_string())
                .unwrap_or_default()
        )
    }));
    lines
}

/// The same for programs.
pub fn json(sides: &[Side]) -> Value {
    sides
        .iter()
        .map(|side| {
            json!({
                "filter": side.filter, "p50_ms": side.p50.json(), "p99_ms": side.p99.json(),
                "sidecar_cpu_micros": side.cpu.json(), "sidecar_mib": side.resident,
                "enforced_ms": side.enforced.map(Figure::json),
            })
        })
        .collect()
}
