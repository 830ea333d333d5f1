//! A handle on one mesh, started by this tool or by compose.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::filter_module;
use crate::config::{Config, Remote};
use crate::consul::Consul;
use crate::instance::{Instance, Run};
use crate::ports::Ports;

/// One mesh: where its parts are.
#[derive(Clone)]
pub struct Mesh {
    /// The folder that holds `consul/`.
    pub root: PathBuf,
    pub consul: Consul,
    /// The edge's URL as this tool reaches it, without a slash at its end.
    pub edge: String,
    /// The URL that a person can open.
    pub url: String,
    /// Envoy workers of the application's sidecar.
    pub workers: u16,
    pub policy_file: PathBuf,
    pub applied_mark: PathBuf,
    /// Where the application keeps its private key.
    pub keys: PathBuf,
    /// Where the sidecar finds the filter's modules.
    pub wasm_dir: PathBuf,
    /// The edge's port; `None` keeps the one in `consul/config-entries`.
    pub edge_port: Option<u16>,
    /// Metrics of the application's sidecar, as a URL without a path.
    pub sidecar_metrics: String,
    /// Metrics of the edge, likewise.
    pub edge_metrics: String,
    /// Metrics of the watch over the filter, likewise.
    pub watch_metrics: String,
}

impl Mesh {
    /// The mesh that commands operate: compose's when the environment names one, else the running
    /// instance of `port`.
    ///
    /// # Errors
    /// When no instance runs there.
    pub fn find(config: &Config, port: u16) -> Result<Self> {
        if let Some(remote) = &config.remote {
            return Ok(Self::remote(config, remote));
        }
        let instance = Instance::new(&config.root, port);
        if !instance.is_running() {
            bail!("nothing runs at port {port}: start it with hub up --port {port}");
        }
        let ports = Ports::kept(&crate::instance::hub_dir(&config.root), port)?.with_context(|| {
            format!("another version of hub started the instance at port {port}: end it with hub down --port {port}, then hub up")
        })?;
        Ok(Self::local(
            &config.root,
            &instance,
            &ports,
            &instance.run()?,
        ))
    }

    /// An instance on this machine.
    pub fn local(root: &Path, instance: &Instance, ports: &Ports, run: &Run) -> Self {
        let edge = format!("http://{}:{}", run.reachable(), ports.edge);
        Self {
            root: root.to_path_buf(),
            consul: Consul::at(&format!("http://127.0.0.1:{}", ports.consul)),
            url: run.url(ports.edge),
            edge,
            workers: run.workers,
            policy_file: instance.policy_file(),
            applied_mark: instance.applied_mark(),
            keys: instance.data_dir(run.redis).join("keys"),
            wasm_dir: instance.wasm_dir(),
            edge_port: Some(ports.edge),
            sidecar_metrics: format!("http://127.0.0.1:{}", ports.sidecar_metrics),
            edge_metrics: format!("http://127.0.0.1:{}", ports.edge_metrics),
            watch_metrics: format!("http://127.0.0.1:{}", ports.watch_metrics),
        }
    }

    fn remote(config: &Config, remote: &Remote) -> Self {
        Self {
            root: config.root.clone(),
            consul: Consul::at(&remote.consul),
            edge: remote.edge.clone(),
            url: config
                .public_url
                .clone()
                .unwrap_or_else(|| remote.edge.clone()),
            workers: remote.workers,
            policy_file: remote.state.join("policy.json"),
            applied_mark: remote.state.join("policy.applied"),
            keys: remote.keys.clone(),
            wasm_dir: remote.wasm_dir.clone(),
            edge_port: None,
            sidecar_metrics: remote.sidecar_metrics.clone(),
            edge_metrics: remote.edge_metrics.clone(),
            watch_metrics: remote.watch_metrics.clone(),
        }
    }

    /// The policy in force.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn policy(&self) -> Result<String> {
        fs::read_to_string(&self.policy_file)
            .with_context(|| format!("cannot read {}", self.policy_file.display()))
    }

    /// The short hash of the policy in force, as the filter shows it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn policy_hash(&self) -> Result<String> {
        Ok(filter_module::short_hash(self.policy()?.as_bytes()))
    }

    /// Puts the shipped policy in force, unless one was applied since.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn take_shipped_policy(&self) -> Result<()> {
        if self.applied_mark.exists() && self.policy_file.exists() {
            return Ok(());
        }
        let shipped = self.root.join("consul/policy.json");
        let bytes =
            fs::read(&shipped).with_context(|| format!("cannot read {}", shipped.display()))?;
        crate::instance::write_whole(&self.policy_file, &bytes)
    }
}
