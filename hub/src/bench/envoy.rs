//! An Envoy of its own for a measurement: the filter as in the mesh, and nothing behind it.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::config::Config;
use crate::consul::http_agent;
use crate::instance::{hub_dir, write_whole};
use crate::mesh::entries::{self, Filter, Generated};
use crate::process::spawn::{Ending, child_that_dies_with_us, end_group};

/// A running Envoy; ends with this value.
pub struct Envoy {
    child: Child,
    pub port: u16,
    admin: u16,
}

impl Envoy {
    /// Starts one with the filter and waits until it answers.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(
        config: &Config,
        program: &Path,
        module: &Path,
        policy: &str,
        workers: u16,
    ) -> Result<Self> {
        let folder = hub_dir(&config.root).join("bench");
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let (port, admin) = two_free_ports()?;
        let filter = Filter {
            module,
            policy,
            generation: 0,
        };
        let entry = entries::app_defaults(
            &config.root,
            &Generated {
                edge_port: None,
                filter: Some(filter),
            },
        )?;
        let bootstrap = folder.join("envoy.json");
        write_whole(
            &bootstrap,
            bootstrap_json(&entry, port, admin)?.to_string().as_bytes(),
        )?;
        let log_path = folder.join("envoy.log");
        let log = File::create(&log_path)?;
        let child = child_that_dies_with_us(
            Command::new(program)
                .arg("--config-path")
                .arg(&bootstrap)
                .args([
                    "--disable-hot-restart",
                    "--log-level",
                    "warning",
                    "--concurrency",
                ])
                .arg(workers.to_string())
                .stdin(Stdio::null())
                .stdout(log.try_clone()?)
                .stderr(log),
        )
        .with_context(|| format!("cannot start {}", program.display()))?;
        let mut envoy = Self { child, port, admin };
        envoy.wait(&log_path)?;
        Ok(envoy)
    }

    fn wait(&mut self, log: &Path) -> Result<()> {
        let agent = http_agent(Duration::from_secs(2));
        let start = Instant::now();
        loop {
            let answer = agent
                .get(format!("http://127.0.0.1:{}/healthz", self.port))
                .call();
            if answer.is_ok_and(|answer| answer.headers().contains_key("x-imagehub-filter")) {
                return Ok(());
            }
            if self.child.try_wait()?.is_some() || start.elapsed() > Duration::from_secs(30) {
                bail!(
                    "the Envoy for the measurement does not answer: see {}",
                    log.display()
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Resident memory in KiB, as the kernel counts it.
    pub fn resident_kib(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|line| line.split_whitespace().next())
            .and_then(|number| number.parse().ok())
            .context("the kernel tells no resident size")
    }

    /// Bytes Envoy itself has allocated: shared data, so the limiter's table, is among them.
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
    }
}

fn two_free_ports() -> Result<(u16, u16)> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let second = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok((first.local_addr()?.port(), second.local_addr()?.port()))
}

/// The plugin exactly as Consul is told to configure it, in Envoy's own words.
fn bootstrap_json(entry: &Value, port: u16, admin: u16) -> Result<Value> {
    let plugin = entry
        .pointer("/EnvoyExtensions/0/Arguments/PluginConfig")
        .context("the filter is not in the service defaults")?;
    let at = |pointer: &str| {
        plugin
            .pointer(pointer)
            .cloned()
            .with_context(|| format!("no {pointer}"))
    };
    let capabilities = at("/CapabilityRestrictionConfiguration/AllowedCapabilities")?;
    let wasm = json!({
        "name": "envoy.filters.http.wasm",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {
                "name": at("/Name")?,
                "root_id": at("/RootID")?,
                "vm_config": {
                    "vm_id": at("/VmConfig/VmID")?,
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": { "local": { "filename": at("/VmConfig/Code/Local/Filename")? } }
                },
                "configuration": {
                    "@type": "type.googleapis.com/google.protobuf.StringValue",
                    "value": at("/Configuration")?
                },
                "capability_restriction_config": { "allowed_capabilities": capabilities }
            }
        }
    });
    let router = json!({
        "name": "envoy.filters.http.router",
        "typed_config": { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" }
    });
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bench",
        "route_config": { "virtual_hosts": [{
            "name": "all",
            "domains": ["*"],
            "routes": [{ "match": { "prefix": "/" }, "direct_response": { "status": 200 } }]
        }] },
        "http_filters": [wasm, router]
    });
    let address =
        |port: u16| json!({ "socket_address": { "address": "127.0.0.1", "port_value": port } });
    Ok(json!({
        "admin": { "address": address(admin) },
        "static_resources": { "listeners": [{
            "name": "bench",
            "address": address(port),
            "filter_chains": [{ "filters": [{
                "name": "envoy.filters.network.http_connection_manager",
                "typed_config": manager
            }] }]
        }] }
    }))
}
