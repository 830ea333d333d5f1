//! `hub up`: everything from tools to the URL.

use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use imagehub_policy::Policy;

use super::{down, supervise};
use crate::config::Config;
use crate::instance::{Instance, Run, hub_dir, write_whole};
use crate::mesh::Mesh;
use crate::ports::{Ports, obstacle};
use crate::probe::{self, Expected};
use crate::process::control::{self, Phase, Reply, Request};
use crate::process::spawn;
use crate::tools::{Tool, Toolbox};
use crate::{build, terminal};

/// How long a started mesh may take to be ready. It takes about ten seconds; a busy machine longer.
const TIMEOUT: Duration = Duration::from_secs(120);
/// A service that ends this often while the mesh starts will not come up.
const TOO_MANY_CRASHES: u32 = 4;

#[derive(Args, Debug)]
pub struct Options {
    /// Leave it running and return once it is ready.
    #[arg(short, long)]
    detach: bool,
    /// Keep the catalogue in Redis, behind a sidecar of its own, instead of SQLite.
    #[arg(long)]
    redis: bool,
    /// Workers of each Envoy.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: u16,
    /// Address the edge listens on; everything else stays on 127.0.0.1.
    #[arg(long, default_value = "127.0.0.1")]
    listen: std::net::Ipv4Addr,
}

/// Brings an instance up.
///
/// # Errors
/// What is in the way, and where to look.
pub fn run(config: &Config, port: u16, options: &Options) -> Result<()> {
    if config.remote.is_some() {
        bail!("this mesh is run by compose: use docker compose up");
    }
    let instance = Instance::new(&config.root, port);
    if instance.is_running() {
        bail!(
            "an instance runs at port {port} already: see hub status --port {port}, end it with hub down --port {port}"
        );
    }
    instance.create()?;
    let ports = Ports::choose(&hub_dir(&config.root), port)?;
    require_free(&ports, options.redis)?;
    let run = prepare(config, options)?;
    write_whole(&instance.run_file(), &serde_json::to_vec_pretty(&run)?)?;
    let mesh = Mesh::local(&config.root, &instance, &ports, &run);
    require_valid_policy(&mesh)?;
    supervise::clear_old_traces(&instance)?;
    if options.detach {
        detached(&instance, &mesh)
    } else {
        in_foreground(config, &instance, &mesh)
    }
}

fn prepare(config: &Config, options: &Options) -> Result<Run> {
    let toolbox = Toolbox::new(config);
    let consul_program = toolbox.ensure(Tool::Consul)?;
    let envoy_program = toolbox.ensure(Tool::Envoy)?;
    let redis_program = if options.redis {
        Some(toolbox.ensure(Tool::Redis)?)
    } else {
        None
    };
    Ok(Run {
        redis: options.redis,
        workers: options.workers,
        listen: options.listen.to_string(),
        public_url: config.public_url.clone(),
        consul_program,
        envoy_program,
        redis_program,
        wasm_module: build::filter(config)?,
        app_program: build::app(config)?,
    })
}

fn require_free(ports: &Ports, with_redis: bool) -> Result<()> {
    for (port, purpose) in ports.all(with_redis) {
        if let Some(obstacle) = obstacle(port) {
            bail!("port {port} ({purpose}) {obstacle}");
        }
    }
    Ok(())
}

/// A policy that the filter would refuse is refused here, where somebody reads it.
fn require_valid_policy(mesh: &Mesh) -> Result<()> {
    mesh.take_shipped_policy()?;
    let Err(error) = Policy::parse(mesh.policy()?.as_bytes()) else {
        return Ok(());
    };
    if mesh.applied_mark.exists() {
        bail!(
            "the policy applied earlier is refused: {error} (mend {} or remove it to go back to consul/policy.json)",
            mesh.policy_file.display()
        );
    }
    bail!("consul/policy.json is refused: {error}");
}

fn detached(instance: &Instance, mesh: &Mesh) -> Result<()> {
    let log = std::fs::File::create(instance.log("supervisor"))
        .with_context(|| format!("cannot write {}", instance.log("supervisor").display()))?;
    let mut command = Command::new(std::env::current_exe().context("cannot tell where hub is")?);
    command
        .args(["supervise", "--port", &instance.port.to_string()])
        .current_dir(&mesh.root)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    let mut supervisor = spawn::detached(&mut command).context("cannot start the supervisor")?;
    let stop = supervise::on_signal({
        let instance = instance.clone();
        move || {
            let _ = down::end(&instance);
            std::process::exit(130);
        }
    })?;
    let outcome = until_ready(instance, mesh, || {
        matches!(supervisor.try_wait(), Ok(Some(_)))
    });
    stop.close();
    if let Err(error) = outcome {
        let _ = down::end(instance);
        return Err(error);
    }
    terminal::step("ready");
    terminal::result(&mesh.edge);
    Ok(())
}

fn in_foreground(config: &Config, instance: &Instance, mesh: &Mesh) -> Result<()> {
    let (watched, their_mesh) = (instance.clone(), mesh.clone());
    let (failed, failure) = mpsc::channel();
    std::thread::spawn(move || match until_ready(&watched, &their_mesh, || false) {
        Ok(()) => {
            terminal::step("ready; Ctrl-C ends it");
            terminal::result(&their_mesh.edge);
        }
        Err(error) => {
            let _ = failed.send(error);
            let _ = control::ask(&watched.dir, &Request::Down);
        }
    });
    supervise::run(config, instance.port)?;
    failure.try_recv().map_or(Ok(()), Err)
}

/// Waits, and says what for.
fn until_ready(instance: &Instance, mesh: &Mesh, mut gone: impl FnMut() -> bool) -> Result<()> {
    let expected = Expected::FilterOn {
        policy: mesh.policy_hash()?,
    };
    let mut said = String::new();
    let mut state = move || -> Option<anyhow::Error> {
        let Ok(Reply::Status { phase, services }) = control::ask(&instance.dir, &Request::Status)
        else {
            return gone().then(|| failure(instance, "supervisor", "the supervisor ended"));
        };
        if let Some(service) = services
            .iter()
            .find(|service| service.crashes >= TOO_MANY_CRASHES)
        {
            return Some(failure(instance, &service.name, "keeps ending"));
        }
        let line = match phase {
            Phase::Failed(reason) => return Some(failure(instance, "consul", &reason)),
            Phase::Starting(what) => what,
            Phase::Started => "waiting for filter and application".to_owned(),
        };
        if line != said {
            terminal::step(&line);
            said = line;
        }
        None
    };
    let start = Instant::now();
    while !matches!(
        control::ask(&instance.dir, &Request::Status),
        Ok(Reply::Status {
            phase: Phase::Started,
            ..
        })
    ) {
        if let Some(reason) = state() {
            return Err(reason);
        }
        if start.elapsed() > TIMEOUT {
            bail!(
                "Consul did not get ready: see {}",
                instance.log("consul").display()
            );
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    probe::wait(|| probe::check(mesh, &expected), TIMEOUT, state)
        .with_context(|| format!("see the logs in {}", instance.dir.join("logs").display()))
}

/// Why, with the end of the log that matters.
fn failure(instance: &Instance, service: &str, reason: &str) -> anyhow::Error {
    const LINES: usize = 12;
    let log = instance.log(service);
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    for line in lines.iter().skip(lines.len().saturating_sub(LINES)) {
        terminal::note(&format!("  {service} | {line}"));
    }
    anyhow::anyhow!("{service}: {reason} (all of it in {})", log.display())
}
