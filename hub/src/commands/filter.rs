//! `hub filter on|off|reload|status|package`.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Subcommand;

use super::package;
use crate::config::Config;
use crate::mesh::Mesh;
use crate::probe::{self, Expected};
use crate::{build, terminal, watch};

const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Subcommand, Clone, Debug)]
pub enum Action {
    /// Puts the filter, built from the sources as they are, into the application's sidecar.
    On,
    /// Takes it out; edge rules, intentions and the application's own checks stay.
    Off,
    /// Puts new virtual machines in place of the filter's; its counters stay.
    Reload,
    /// Prints on or off.
    Status,
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
        Action::On => {
            let mesh = find()?;
            on(&mesh, &build::filter(config)?)?;
        }
        Action::Off => off(&find()?)?,
        Action::Reload => {
            let mesh = find()?;
            if !watch::reload(&mesh, || probe::check_as_configured(&mesh), PATIENCE)? {
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

/// Switches the filter on with this module, and waits until every worker answers with it.
///
/// # Errors
/// When Consul refuses, or the filter does not answer in time.
pub fn on(mesh: &Mesh, module: &Path) -> Result<()> {
    let policy = mesh.policy_hash()?;
    let expected = Expected::FilterOn { policy };
    let change = || mesh.filter_on(module).map(|()| true);
    mesh.put_in_force(change, || probe::check(mesh, &expected), PATIENCE)?;
    terminal::step("the filter is on");
    Ok(())
}

/// Switches the filter off, and waits until no worker answers with it.
///
/// # Errors
/// When Consul refuses, or the filter still answers.
pub fn off(mesh: &Mesh) -> Result<()> {
    let check = || probe::check(mesh, &Expected::FilterOff);
    mesh.put_in_force(|| mesh.filter_off(), check, PATIENCE)?;
    terminal::step("the filter is off");
    Ok(())
}
