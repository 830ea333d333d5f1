//! The supervisor's process: the foreground of `hub up`, or what `hub up -d` leaves behind.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use crate::config::Config;
use crate::explain::one_line;
use crate::instance::{Instance, hub_dir};
use crate::mesh::Mesh;
use crate::ports::Ports;
use crate::process::control::{self, Reply};
use crate::process::{Event, plan, supervisor};
use crate::terminal;
use crate::watch::{self, Log};

/// How long Consul may take to be able to accept a write.
const TIMEOUT: Duration = Duration::from_secs(90);

/// Runs the services of an instance until it is asked or signalled to end.
///
/// # Errors
/// When the instance was never prepared, or another supervisor has it.
pub fn run(config: &Config, port: u16) -> Result<()> {
    let instance = Instance::new(&config.root, port);
    let run = instance.run()?;
    let ports = Ports::choose(&hub_dir(&config.root), port)?;
    let Some(_lock) = instance.lock()? else {
        bail!("an instance runs at port {port} already");
    };
    let services = plan::services(&config.root, &instance, &ports, &run)?;
    let (sender, receiver) = supervisor::channel();
    on_signal({
        let sender = sender.clone();
        move || {
            let _ = sender.send(Event::Signalled);
        }
    })?;
    control::listen(&instance.dir, {
        let sender = sender.clone();
        move |request| {
            let (reply, answer) = std::sync::mpsc::channel();
            let gone = || Reply::Error("the instance is ending".to_owned());
            if sender.send(Event::Asked(request, reply)).is_err() {
                return gone();
            }
            answer.recv().unwrap_or_else(|_| gone())
        }
    })?;
    let mesh = Mesh::local(&config.root, &instance, &ports, &run);
    let logs = instance.dir.join("logs");
    supervisor::supervise(services, &logs, (sender, receiver), move || {
        let start = Instant::now();
        while !mesh.consul.is_ready() {
            if start.elapsed() > TIMEOUT {
                bail!("Consul elects no leader");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        mesh.configure(&run.wasm_module)?;
        std::thread::spawn(move || watch(&mesh, &instance, &ports));
        Ok(())
    });
    Ok(())
}

/// Watches the filter as long as this process lives.
fn watch(mesh: &Mesh, instance: &Instance, ports: &Ports) {
    let metrics = SocketAddr::from((Ipv4Addr::LOCALHOST, ports.watch_metrics));
    let outcome =
        Log::to_file(&instance.log("watch")).and_then(|log| watch::run(mesh, metrics, log));
    if let Err(error) = outcome {
        terminal::failure(&format!("the filter is not watched: {}", one_line(&error)));
    }
}

/// Calls `act` on every SIGINT, SIGTERM and SIGHUP, on a thread of its own, until the handle closes.
///
/// # Errors
/// When the handlers cannot be set.
pub fn on_signal(act: impl Fn() + Send + 'static) -> Result<Handle> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot handle signals")?;
    let handle = signals.handle();
    std::thread::spawn(move || {
        for _ in signals.forever() {
            act();
        }
    });
    Ok(handle)
}

/// Forgets what a start makes anew: Consul's state, bootstraps, logs, modules. Not the data.
///
/// # Errors
/// When something cannot be removed.
pub fn clear_old_traces(instance: &Instance) -> Result<()> {
    for folder in [
        instance.consul_dir(),
        instance.wasm_dir(),
        instance.dir.join("logs"),
    ] {
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
        }
    }
    for entry in fs::read_dir(&instance.dir)?.flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().ends_with(".bootstrap.json") {
            fs::remove_file(entry.path())?;
        }
    }
    instance.create()
}
