//! `hub policy check|apply`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use clap::Subcommand;
use imagehub_policy::Policy;

use crate::config::Config;
use crate::instance::write_whole;
use crate::mesh::Mesh;
use crate::mesh::filter_module::short_hash;
use crate::probe;
use crate::terminal;

const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Subcommand, Clone, Debug)]
pub enum Action {
    /// Says whether a file is a valid policy, and where not.
    Check { file: PathBuf },
    /// Puts a policy in force, in application and filter; an invalid one changes nothing.
    Apply { file: PathBuf },
}

/// Checks, and applies.
///
/// # Errors
/// When the policy is refused: by this tool, with the JSON path, or by the mesh.
pub fn run(config: &Config, port: u16, action: &Action) -> Result<()> {
    match action {
        Action::Check { file } => {
            let text = checked(file)?;
            terminal::result(&format!("valid, policy {}", short_hash(text.as_bytes())));
            Ok(())
        }
        Action::Apply { file } => {
            let text = checked(file)?;
            let mesh = Mesh::find(config, port)?;
            apply(&mesh, &text)?;
            let hash = short_hash(text.as_bytes());
            let place = if mesh.module()?.is_some() {
                "in force"
            } else {
                "kept; the filter is off and takes it up with hub filter on"
            };
            terminal::step(&format!("policy {hash} is {place}"));
            Ok(())
        }
    }
}

/// The text of a valid policy.
///
/// # Errors
/// Names the JSON path of what is wrong.
pub fn checked(file: &Path) -> Result<String> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    match Policy::parse(text.as_bytes()) {
        Ok(_) => Ok(text),
        Err(error) => Err(anyhow!("{} is refused: {error}", file.display())),
    }
}

/// State first, then Consul, then proof; whatever fails, both are what they were.
fn apply(mesh: &Mesh, text: &str) -> Result<()> {
    let before = mesh.policy()?;
    let was_applied = mesh.applied_mark.exists();
    let attempt = || -> Result<()> {
        write_whole(&mesh.policy_file, text.as_bytes())?;
        write_whole(&mesh.applied_mark, b"")?;
        let change = || mesh.filter_policy(text);
        mesh.put_in_force(change, || probe::check_as_configured(mesh), PATIENCE)
    };
    attempt().map_err(|error| {
        let undone = write_whole(&mesh.policy_file, before.as_bytes())
            .and_then(|()| mesh.filter_policy(&before).map(|_| ()));
        if !was_applied {
            let _ = fs::remove_file(&mesh.applied_mark);
        }
        match undone {
            Ok(()) => error.context("the policy in force stays"),
            Err(undoing) => error.context(format!(
                "and the policy before could not be restored: {undoing}"
            )),
        }
    })
}
