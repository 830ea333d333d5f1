//! `hub policy show|check|apply|diff`.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use clap::Subcommand;
use imagehub_policy::{Difference, Effect, Policy, differences};

use crate::config::Config;
use crate::instance::{Instance, write_whole};
use crate::mesh::Mesh;
use crate::mesh::filter_module::short_hash;
use crate::probe;
use crate::terminal;

const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Subcommand, Clone, Debug)]
pub enum Action {
    /// Prints the policy in force.
    Show,
    /// Says whether a file is a valid policy, and where not.
    Check {
        /// `-` for standard input.
        file: PathBuf,
    },
    /// Puts a policy in force, in application and filter; an invalid one changes nothing.
    Apply {
        /// `-` for standard input.
        file: PathBuf,
    },
    /// Says what a policy would change of the one in force, each with a request that shows it.
    ///
    /// Ends with 0 if that is nothing, with 1 if less is allowed than now, with 3 if anything is
    /// allowed that is not now, a higher limit included, and with 2 if it cannot tell.
    Diff {
        /// `-` for standard input.
        file: PathBuf,
    },
}

/// Checks, applies and compares.
///
/// # Errors
/// When the policy is refused: by this tool, with the JSON path, or by the mesh.
pub fn run(config: &Config, port: u16, action: &Action) -> Result<ExitCode> {
    match action {
        Action::Show => {
            terminal::result(text_of(&in_force(config, port))?.trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Action::Check { file } => {
            let text = checked(file)?;
            terminal::result(&format!("valid, policy {}", short_hash(text.as_bytes())));
            Ok(ExitCode::SUCCESS)
        }
        Action::Diff { file } => {
            let after = read(file)?;
            let in_force = in_force(config, port);
            let before = read(&in_force)?;
            terminal::note(&format!("compared with {}", in_force.display()));
            let found = differences(&before, &after);
            report(&found);
            Ok(ExitCode::from(status(&found)))
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
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The text of a valid policy.
///
/// # Errors
/// Names the JSON path of what is wrong.
pub fn checked(file: &Path) -> Result<String> {
    let text = text_of(file)?;
    parsed(&text, &named(file))?;
    Ok(text)
}

/// A policy, checked; `-` is standard input.
///
/// # Errors
/// Names the JSON path of what is wrong.
pub fn read(file: &Path) -> Result<Policy> {
    parsed(&text_of(file)?, &named(file))
}

fn parsed(text: &str, name: &str) -> Result<Policy> {
    Policy::parse(text.as_bytes()).map_err(|error| anyhow!("{name} is refused: {error}"))
}

/// What a file holds; `-` is standard input.
///
/// # Errors
/// When it cannot be read.
pub fn text_of(file: &Path) -> Result<String> {
    let mut text = String::new();
    let read = if is_standard_input(file) {
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    read.with_context(|| format!("cannot read {}", named(file)))
}

fn named(file: &Path) -> String {
    if is_standard_input(file) {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    }
}

fn is_standard_input(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// The policy that a mesh has, or would start with.
pub fn in_force(config: &Config, port: u16) -> PathBuf {
    let kept = match &config.remote {
        Some(remote) => Some(remote.state.join("policy.json")).filter(|file| file.exists()),
        None => {
            let instance = Instance::new(&config.root, port);
            let file = instance.policy_file();
            let counts = instance.is_running() || instance.applied_mark().exists();
            (counts && file.exists()).then_some(file)
        }
    };
    kept.unwrap_or_else(|| config.root.join("consul/policy.json"))
}

fn report(found: &[Difference]) {
    for Difference {
        effect,
        what,
        request,
    } in found
    {
        terminal::result(&format!("{effect:<9} {what}"));
        terminal::result(&format!("{:<9} {request}", ""));
    }
    if found.is_empty() {
        terminal::result("same: every request is treated alike");
    }
}

/// What the command ends with: as `diff` does, but for what widens.
fn status(found: &[Difference]) -> u8 {
    match found.iter().map(|difference| difference.effect).min() {
        None => 0,
        Some(Effect::Narrower) => 1,
        Some(Effect::Wider | Effect::Both) => 3,
    }
}

/// Puts a checked policy in force: state first, then Consul, then proof; whatever fails, both are what
/// they were.
///
/// # Errors
/// When the mesh refuses it.
pub fn apply(mesh: &Mesh, text: &str) -> Result<()> {
    let before = mesh.policy()?;
    let was_applied = mesh.applied_mark.exists();
    let attempt = || -> Result<()> {
        write_whole(&mesh.policy_file, text.as_bytes())?;
        write_whole(&mesh.applied_mark, b"")?;
        let change = || mesh.filter_policy(text);
        mesh.put_in_force(change, || probe::check_as_configured(mesh), TIMEOUT)
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
