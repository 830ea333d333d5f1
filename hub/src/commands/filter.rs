//! `hub filter on|off|status`.

use std::time::Duration;

use anyhow::Result;
use clap::Subcommand;

use crate::config::Config;
use crate::mesh::Mesh;
use crate::probe::{self, Expected};
use crate::{build, terminal};

const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Subcommand, Clone, Copy, Debug)]
pub enum Action {
    /// Puts the filter, built from the sources as they are, into the application's sidecar.
    On,
    /// Takes it out; edge rules, intentions and the application's own checks stay.
    Off,
    /// Prints on or off.
    Status,
}

/// Switches the filter and waits until every worker answers accordingly.
///
/// # Errors
/// When Consul refuses, or the filter does not answer in time.
pub fn run(config: &Config, port: u16, action: Action) -> Result<()> {
    let mesh = Mesh::find(config, port)?;
    match action {
        Action::On => {
            let module = build::filter(config)?;
            mesh.filter_on(&module)?;
            let policy = mesh.policy_hash()?;
            wait(&mesh, &Expected::FilterOn { policy })?;
            terminal::step("the filter is on");
        }
        Action::Off => {
            mesh.filter_off()?;
            wait(&mesh, &Expected::FilterOff)?;
            terminal::step("the filter is off");
        }
        Action::Status => {
            let on = match mesh.module() {
                Ok(module) => module.is_some(),
                Err(_) => probe::ask(&mesh)?.filter.is_some(),
            };
            terminal::result(if on { "on" } else { "off" });
        }
    }
    Ok(())
}

fn wait(mesh: &Mesh, expected: &Expected) -> Result<()> {
    probe::wait(mesh, || Ok(expected.clone()), PATIENCE, || None)
}
