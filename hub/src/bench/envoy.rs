//! An Envoy of its own for a measurement: filters, and a constant answer behind them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use ureq::Agent;

use crate::consul::http_agent;
use crate::instance::write_whole;
use crate::process::spawn::{Ending, child_that_dies_with_us, end_group, on_core};
use crate::process::usage;

/// How an Envoy is started.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    pub program: &'a Path,
    /// Where its files go, in a folder of its own.
    pub folder: &'a Path,
    pub workers: u16,
    /// The core it is kept to.
    pub core: Option<usize>,
    /// Where it looks for dynamic modules.
    pub modules: Option<&'a Path>,
}

/// The HTTP filters before the router.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    pub chain: Vec<Value>,
    /// What a route says to them, by the path it begins with.
    pub routes: Vec<(String, Value)>,
}

/// A running Envoy; ends with this value.
pub struct Envoy {
    child: Child,
    folder: PathBuf,
    pub port: u16,
    admin: u16,
}

impl Envoy {
    /// Starts one with these filters and waits until it answers.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(setup: &Setup<'_>, filters: &Filters) -> Result<Self> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("envoy-{}-{number}", std::process::id());
        let folder = setup.folder.join(name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let bootstrap = folder.join("envoy.json");
        let config = bootstrap_json(&listeners_of(&folder));
        write_whole(&bootstrap, config.to_string().as_bytes())?;
        write_listener(&folder, filters)?;
        let log = File::create(log_of(&folder))?;
        let mut command = match setup.core {
            Some(core) => on_core(core, setup.program),
            None => Command::new(setup.program),
        };
        if let Some(modules) = setup.modules {
            command.env("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", modules);
        }
        command
            .arg("--config-path")
            .arg(&bootstrap)
            .arg("--admin-address-path")
            .arg(admin_of(&folder))
            .args(["--disable-hot-restart", "--log-level", "warning"])
            .args(["--concurrency", &setup.workers.to_string()])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let child = child_that_dies_with_us(&mut command)
            .with_context(|| format!("cannot start {}", setup.program.display()))?;
        let mut envoy = Self {
            child,
            folder,
            port: 0,
            admin: 0,
        };
        envoy.wait()?;
        Ok(envoy)
    }

    fn wait(&mut self) -> Result<()> {
        let agent = http_agent(Duration::from_secs(2));
        let start = Instant::now();
        while !self.answers(&agent) {
            if !self.is_alive()? || start.elapsed() > Duration::from_secs(60) {
                let log = fs::read_to_string(log_of(&self.folder)).unwrap_or_default();
                bail!("the Envoy for the measurement does not answer: {log}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Whether it answers at the ports that it has found itself.
    fn answers(&mut self, agent: &Agent) -> bool {
        let admin = fs::read_to_string(admin_of(&self.folder)).unwrap_or_default();
        self.admin = port_of(&admin).unwrap_or(0);
        let listeners = agent
            .get(format!("http://127.0.0.1:{}/listeners", self.admin))
            .call()
            .and_then(|mut answer| answer.body_mut().read_to_string())
            .unwrap_or_default();
        self.port = port_of(&listeners).unwrap_or(0);
        agent.get(self.url("/healthz")).call().is_ok()
    }

    /// Puts other filters in place of those it has, while it runs.
    ///
    /// # Errors
    /// When the file it watches cannot be written.
    pub fn apply(&self, filters: &Filters) -> Result<()> {
        write_listener(&self.folder, filters)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn is_alive(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Whether the process ends in so long.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn ends_within(&mut self, time: Duration) -> Result<bool> {
        let start = Instant::now();
        while self.is_alive()? && start.elapsed() < time {
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(!self.is_alive()?)
    }

    /// Ends it as a bug in native code would.
    pub fn crash(&self) {
        end_group(self.child.id(), Ending::Crashed);
    }

    /// Resident memory in KiB, as the kernel counts it.
    ///
    /// # Errors
    /// When it is gone.
    pub fn resident_kib(&self) -> Result<u64> {
        usage::resident_kib(self.child.id())
    }

    /// Time it has spent on processors.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn processor_time(&self) -> Result<Duration> {
        usage::processor_time(self.child.id())
    }

    /// Bytes Envoy itself has allocated: shared data, so the limiter's table, is among them.
    ///
    /// # Errors
    /// When it does not say.
    pub fn allocated(&self) -> Result<u64> {
        let text = http_agent(Duration::from_secs(5))
            .get(format!("http://127.0.0.1:{}/memory", self.admin))
            .call()?
            .body_mut()
            .read_to_string()?;
        serde_json::from_str::<Value>(&text)?
            .get("allocated")
            .and_then(Value::as_str)
            .and_then(|number| number.parse().ok())
            .context("Envoy tells no allocated memory")
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        end_group(self.child.id(), Ending::Forced);
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The port at the end of an address.
fn port_of(address: &str) -> Option<u16> {
    address.trim_end().rsplit_once(':')?.1.parse().ok()
}

fn admin_of(folder: &Path) -> PathBuf {
    folder.join("admin")
}

fn log_of(folder: &Path) -> PathBuf {
    folder.join("envoy.log")
}

fn listeners_of(folder: &Path) -> PathBuf {
    folder.join("listeners.json")
}

/// A free port of this machine, which Envoy finds itself: one that is looked for before may be another's meanwhile.
fn address() -> Value {
    json!({ "socket_address": { "address": "127.0.0.1", "port_value": 0 } })
}

/// Listeners come from a file that Envoy watches.
fn bootstrap_json(listeners: &Path) -> Value {
    json!({
        "node": { "id": "bench", "cluster": "bench" },
        "admin": { "address": address() },
        "dynamic_resources": { "lds_config": {
            "resource_api_version": "V3",
            "path_config_source": { "path": listeners }
        } }
    })
}

fn write_listener(folder: &Path, filters: &Filters) -> Result<()> {
    let mut chain = filters.chain.clone();
    chain.push(json!({
        "name": "envoy.filters.http.router",
        "typed_config": { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" }
    }));
    let route = |prefix: &str, said: &Value| {
        json!({
            "match": { "prefix": prefix },
            "direct_response": { "status": 200 },
            "typed_per_filter_config": said
        })
    };
    let mut routes: Vec<Value> = filters
        .routes
        .iter()
        .map(|(prefix, said)| route(prefix, said))
        .collect();
    routes.push(route("/", &json!({})));
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bench",
        "route_config": { "virtual_hosts": [{ "name": "all", "domains": ["*"], "routes": routes }] },
        "http_filters": chain
    });
    let listeners = json!({ "resources": [{
        "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
        "name": "bench",
        "address": address(),
        "filter_chains": [{ "filters": [{
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": manager
        }] }]
    }] });
    write_whole(&listeners_of(folder), listeners.to_string().as_bytes())
}
