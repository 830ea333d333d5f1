//! A real mesh, started and driven by the `hub` program as an operator would.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use tokio::process::Command;

use crate::client::Client;
use crate::logs::Logs;
use crate::{process, wait};

/// The first start also compiles the application and the filter and installs tools.
const FIRST_START: Duration = Duration::from_secs(1_500);
const COMMAND: Duration = Duration::from_secs(90);

/// The meshes that scenarios are tried on.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// Two Envoy workers, the catalogue in SQLite.
    TwoWorkersSqlite,
    /// Four Envoy workers, the catalogue in Redis behind its own sidecar.
    FourWorkersRedis,
}

/// What `hub status --json` says.
#[derive(Clone, Debug, Deserialize)]
pub struct Status {
    /// Everything runs and the filter answers as configured.
    pub ready: bool,
    /// Where users go.
    pub url: String,
    /// Envoy workers of the application's sidecar.
    pub workers: usize,
    /// The filter.
    pub filter: FilterStatus,
    /// Where the parts listen.
    pub ports: Ports,
}

/// The filter in `hub status --json`.
#[derive(Clone, Debug, Deserialize)]
pub struct FilterStatus {
    /// Whether it is in the sidecar's chain.
    pub on: bool,
    /// Version of the module, when on.
    pub version: Option<String>,
    /// Short hash of the policy, when on.
    pub policy: Option<String>,
    /// Whether a virtual machine of it is dead.
    pub dead: bool,
    /// How often the watch healed it.
    pub heals: Option<u64>,
}

/// The ports in `hub status --json`.
#[derive(Clone, Debug, Deserialize)]
pub struct Ports {
    /// The gateway users talk to.
    pub edge: u16,
    /// Consul's HTTP API.
    pub consul: u16,
    /// The application, on loopback, behind no filter.
    pub app: u16,
    /// Admin of the application's sidecar.
    pub app_admin: u16,
    /// Admin of the gateway.
    pub edge_admin: u16,
    /// The application's metrics.
    pub app_metrics: u16,
    /// The metrics of the watch over the filter.
    pub watch_metrics: u16,
}

/// One running mesh.
pub struct Mesh {
    kind: Kind,
    started: Status,
    logs: Logs,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::TwoWorkersSqlite, Self::FourWorkersRedis];

    /// The edge's port; it also names the instance.
    pub fn port(self) -> u16 {
        match self {
            Self::TwoWorkersSqlite => 23_080,
            Self::FourWorkersRedis => 23_480,
        }
    }

    /// How test output names it.
    pub fn label(self) -> &'static str {
        match self {
            Self::TwoWorkersSqlite => "two workers",
            Self::FourWorkersRedis => "four workers, redis",
        }
    }

    fn up_options(self) -> &'static [&'static str] {
        match self {
            Self::TwoWorkersSqlite => &["--workers", "2"],
            Self::FourWorkersRedis => &["--workers", "4", "--redis"],
        }
    }
}

impl Mesh {
    /// Starts a mesh from nothing: what an earlier run left is taken down and forgotten.
    ///
    /// # Errors
    /// When `hub up` fails; its output is the message.
    pub async fn start(kind: Kind) -> Result<Self> {
        let port = kind.port();
        let directory = instance_directory(port);
        Self::remove(port).await.context("an earlier run's mesh")?;
        let mut arguments = vec!["up", "-d"];
        arguments.extend(kind.up_options());
        expect_success(port, &arguments, FIRST_START).await?;
        let started = status(port).await?;
        ensure!(started.ready, "`hub up` succeeded, yet {started:?}");
        ensure!(started.ports.edge == port, "asked for {port}: {started:?}");
        Ok(Self {
            kind,
            started,
            logs: Logs::new(directory.join("logs")),
        })
    }

    /// Takes an instance down and checks that no process of it is left.
    ///
    /// # Errors
    /// When `hub down` fails or something survives it.
    pub async fn down(port: u16) -> Result<()> {
        if !instance_directory(port).exists() {
            return Ok(());
        }
        expect_success(port, &["down"], COMMAND).await?;
        let left = process::mentioning(&format!(".hub/{port}/"));
        ensure!(left.is_empty(), "left after `hub down`: {left:#?}");
        Ok(())
    }

    /// Takes an instance down and forgets it.
    ///
    /// # Errors
    /// As [`Mesh::down`].
    pub async fn remove(port: u16) -> Result<()> {
        Self::down(port).await?;
        match std::fs::remove_dir_all(instance_directory(port)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            removed => Ok(removed?),
        }
    }

    /// What `hub status` said when the mesh was up.
    pub fn started(&self) -> &Status {
        &self.started
    }

    /// The edge's address.
    pub fn edge(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.started.ports.edge))
    }

    /// The application's own address, which no filter guards.
    pub fn app(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.started.ports.app))
    }

    /// This mesh's logs.
    pub fn logs(&self) -> &Logs {
        &self.logs
    }

    /// The instance's directory of state.
    pub fn directory(&self) -> PathBuf {
        instance_directory(self.kind.port())
    }

    /// A client at the edge, from an address of its own: limits by address do not mix.
    pub fn client(&self) -> Client {
        Client::new(self.edge())
    }

    /// A client that talks to the application past both Envoys.
    pub fn client_past_the_filter(&self) -> Client {
        Client::new(self.app())
    }

    /// Runs `hub ARGUMENTS --port P` and returns its standard output.
    ///
    /// # Errors
    /// When it fails or takes longer than a command may.
    pub async fn hub(&self, arguments: &[&str]) -> Result<String> {
        expect_success(self.kind.port(), arguments, COMMAND).await
    }

    /// Switches the filter on with this module.
    ///
    /// # Errors
    /// When it fails or takes longer than a command may.
    pub async fn filter_on_with(&self, module: &Path) -> Result<()> {
        let module = module.to_str().context("the module's path is no text")?;
        self.hub(&["filter", "on", module]).await.map(drop)
    }

    /// Runs `hub ARGUMENTS --port P`, whatever the outcome.
    ///
    /// # Errors
    /// When it cannot be started or does not end.
    pub async fn try_hub(&self, arguments: &[&str]) -> Result<Output> {
        hub(self.kind.port(), arguments, COMMAND).await
    }

    /// `hub status --json` now.
    ///
    /// # Errors
    /// When the command fails or prints another shape.
    pub async fn status(&self) -> Result<Status> {
        status(self.kind.port()).await
    }

    /// A counter of the application's sidecar, by its full name.
    ///
    /// # Errors
    /// When Envoy's admin does not answer.
    pub async fn sidecar_counter(&self, name: &str) -> Result<u64> {
        let admin = SocketAddr::from((Ipv4Addr::LOCALHOST, self.started.ports.app_admin));
        let answer = Client::new(admin)
            .get(&format!("/stats?format=json&filter=^{name}$"))
            .await?
            .expect(200)?;
        let stats = answer.json()?;
        let found = stats["stats"].as_array().and_then(|stats| {
            stats
                .iter()
                .find(|stat| stat["name"] == name)
                .and_then(|stat| stat["value"].as_u64())
        });
        // Envoy makes a response-code counter when the first such response comes.
        Ok(found.unwrap_or(0))
    }

    /// How many requests that ended with `status` the application answered itself.
    ///
    /// # Errors
    /// When Envoy's admin does not answer.
    pub async fn answered_by_application(&self, status: u16) -> Result<u64> {
        self.sidecar_counter(&format!("cluster.local_app.upstream_rq_{status}"))
            .await
    }

    /// Waits until users get answers again.
    ///
    /// # Errors
    /// When they do not within `deadline`.
    pub async fn serves_within(&self, deadline: Duration) -> Result<()> {
        let client = self.client().with_fresh_connections();
        wait::until("the edge serves", deadline, || async {
            client.get("/readyz").await?.expect(200)?;
            Ok(())
        })
        .await
    }

    /// Puts the mesh back as it was started: everything running, filter on, shipped policy.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn restore(&self) -> Result<()> {
        let as_started = |now: &Status| {
            now.ready && now.filter.on && now.filter.policy == self.started.filter.policy
        };
        if self.status().await.is_ok_and(|now| as_started(&now)) {
            return Ok(());
        }
        let mut services = vec!["consul", "app", "sidecar", "edge"];
        if self.kind == Kind::FourWorkersRedis {
            services.extend(["redis", "redis-sidecar"]);
        }
        for service in services {
            self.hub(&["start", service]).await?;
        }
        self.hub(&["filter", "on"]).await?;
        let policy = shipped_policy_path();
        self.hub(&["policy", "apply", &policy.to_string_lossy()])
            .await?;
        wait::until("the mesh is as it was", Duration::from_secs(30), || async {
            let now = self.status().await?;
            ensure!(as_started(&now), "{now:?}");
            Ok(())
        })
        .await
    }
}

/// The checkout this program was built from.
pub fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("/"))
}

/// The policy as shipped.
pub fn shipped_policy_path() -> PathBuf {
    checkout().join("consul/policy.json")
}

/// The policy as shipped, parsed.
///
/// # Errors
/// When it cannot be read.
pub fn shipped_policy() -> Result<Value> {
    Ok(serde_json::from_slice(&std::fs::read(
        shipped_policy_path(),
    )?)?)
}

/// Where `hub` keeps the instance at `port`.
pub fn instance_directory(port: u16) -> PathBuf {
    checkout().join(".hub").join(port.to_string())
}

/// A `hub` command for the instance at `port`, not yet started.
///
/// # Errors
/// When the program is not found.
pub fn hub_command(port: u16, arguments: &[&str]) -> Result<Command> {
    let program = match std::env::var_os("IMAGEHUB_HUB") {
        Some(path) => PathBuf::from(path),
        None => std::env::current_exe()?.with_file_name("hub"),
    };
    ensure!(
        program.exists(),
        "{} does not exist: build it with `cargo build -p hub`, or name it in IMAGEHUB_HUB",
        program.display()
    );
    let mut command = Command::new(program);
    command
        .args(arguments)
        .args(["--port", &port.to_string()])
        .current_dir(checkout())
        .stdin(Stdio::null());
    Ok(command)
}

/// The application's program: the one that is named, or the one that was built beside `hub`.
pub fn app_program(hub: &OsStr) -> PathBuf {
    let named = std::env::var_os("IMAGEHUB_APP_PROGRAM").map(PathBuf::from);
    named.unwrap_or_else(|| Path::new(hub).with_file_name("imagehub-app"))
}

/// Runs `hub ARGUMENTS --port PORT` to its end.
///
/// # Errors
/// When it cannot be started or does not end before `deadline`.
pub async fn hub(port: u16, arguments: &[&str], deadline: Duration) -> Result<Output> {
    let output = hub_command(port, arguments)?.kill_on_drop(true).output();
    tokio::time::timeout(deadline, output)
        .await
        .with_context(|| format!("hub {arguments:?} did not end in {deadline:?}"))?
        .with_context(|| format!("hub {arguments:?}"))
}

async fn expect_success(port: u16, arguments: &[&str], deadline: Duration) -> Result<String> {
    let output = hub(port, arguments, deadline).await?;
    if !output.status.success() {
        bail!(
            "hub {arguments:?} --port {port}: {}\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

async fn status(port: u16) -> Result<Status> {
    let output = hub(port, &["status", "--json"], COMMAND).await?;
    serde_json::from_slice(&output.stdout).with_context(|| {
        format!(
            "`hub status --json` printed {:?} {:?}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    })
}
