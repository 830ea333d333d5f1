//! `hub configure`: the one-shot that writes the config entries where compose runs the mesh.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::policy;
use crate::config::Config;
use crate::instance::write_whole;
use crate::mesh::Mesh;
use crate::terminal;

const TIMEOUT: Duration = Duration::from_secs(60);

/// Writes policy, module and every config entry.
///
/// # Errors
/// When Consul is away or refuses one.
pub fn run(config: &Config, given: Option<&Path>) -> Result<()> {
    let Some(module) = &config.wasm_module else {
        bail!("IMAGEHUB_CONSUL and IMAGEHUB_WASM_MODULE say where to: hub up needs neither");
    };
    let mesh = Mesh::find(config, crate::ports::DEFAULT_EDGE)?;
    if let Some(folder) = mesh.policy_file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    match given {
        Some(file) => write_whole(&mesh.policy_file, policy::checked(file)?.as_bytes())?,
        None => mesh.take_shipped_policy()?,
    }
    let start = Instant::now();
    while !mesh.consul.is_ready() {
        if start.elapsed() > TIMEOUT {
            bail!("Consul has no leader after {} s", TIMEOUT.as_secs());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    mesh.configure(module)?;
    terminal::step(&format!(
        "config entries are written, policy {}",
        mesh.policy_hash()?
    ));
    Ok(())
}
