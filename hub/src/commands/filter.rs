//! `hub filter on|off|reload|status|compile|install|package`.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;

use super::package;
use crate::config::Config;
use crate::mesh::{Mesh, filter_module};
use crate::probe::{self, Expected};
use crate::{build, terminal, watch};

const TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Subcommand, Clone, Debug)]
pub enum Action {
    /// Puts the filter into the application's sidecar, in place of the one that is there.
    On {
        /// Its module, a file or - for standard input; built from the sources as they are if none is
        /// named.
        module: Option<PathBuf>,
    },
    /// Takes it out; edge rules, intentions and the application's own checks stay.
    Off,
    /// Puts new virtual machines in place of the filter's; its counters stay.
    Reload,
    /// Prints on or off.
    Status,
    /// Compiles a filter that is a cargo package of its own, to the file filter.wasm in its folder.
    /// Needs no mesh.
    Compile { package: PathBuf },
    /// Puts a module, a file or - for standard input, where the sidecar finds it, and prints its path
    /// there. Nothing uses it yet.
    Install { module: PathBuf },
    /// Packs the filter as an OCI image with the one file plugin.wasm, for other meshes, and prints
    /// the image's digest. Needs no mesh.
    Package(package::Options),
}

/// Switches the filter and waits until every worker answers accordingly.
///
/// # Errors
/// When Consul refuses, or the filter does not answer in time.
pub fn run(config: &Config, port: u16, action: &Action) -> Result<()> {
    let find = || Mesh::find(config, port);
    match action {
        Action::Package(options) => package::run(config, options)?,
        Action::On { module } => {
            let mesh = find()?;
            let module = match module {
                Some(module) => install(&mesh, module)?,
                None => build::filter(config)?,
            };
            on(&mesh, &module)?;
        }
        Action::Compile { package } => {
            let target = std::path::absolute(package)?.join("target");
            let module = build::package_filter(config, package, &target)?;
            let kept = package.join("filter.wasm");
            fs::copy(&module, &kept).with_context(|| format!("cannot write {}", kept.display()))?;
        }
        Action::Install { module } => {
            terminal::result(&install(&find()?, module)?.display().to_string());
        }
        Action::Off => off(&find()?)?,
        Action::Reload => {
            let mesh = find()?;
            if !watch::reload(&mesh, || probe::check_as_configured(&mesh), TIMEOUT)? {
                bail!("the filter is off: hub filter on");
            }
            terminal::step("the filter has new virtual machines");
        }
        Action::Status => {
            let mesh = find()?;
            let on = match mesh.module() {
                Ok(module) => module.is_some(),
                Err(_) => probe::ask(&mesh)?.filter.is_some(),
            };
            terminal::result(if on { "on" } else { "off" });
        }
    }
    Ok(())
}

/// Puts a module where the sidecar finds it; `-` is standard input.
fn install(mesh: &Mesh, module: &Path) -> Result<PathBuf> {
    if module.as_os_str() != "-" {
        return filter_module::install(module, &mesh.wasm_dir);
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    filter_module::install_bytes(&bytes, &mesh.wasm_dir)
}

/// Switches the filter on with this module, and waits until every worker answers with it.
///
/// # Errors
/// When Consul refuses, or the filter does not answer in time.
pub fn on(mesh: &Mesh, module: &Path) -> Result<()> {
    let policy = mesh.policy_hash()?;
    let expected = Expected::FilterOn { policy };
    let change = || mesh.filter_on(module).map(|()| true);
    mesh.put_in_force(change, || probe::check(mesh, &expected), TIMEOUT)?;
    terminal::step("the filter is on");
    Ok(())
}

/// Switches the filter off, and waits until no worker answers with it.
///
/// # Errors
/// When Consul refuses, or the filter still answers.
pub fn off(mesh: &Mesh) -> Result<()> {
    let check = || probe::check(mesh, &Expected::FilterOff);
    mesh.put_in_force(|| mesh.filter_off(), check, TIMEOUT)?;
    terminal::step("the filter is off");
    Ok(())
}
