//! Who is at which lab: kept beside the policy in force, so that every command and compose's container see it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::client::Person;
use crate::instance::write_whole;
use crate::mesh::Mesh;

/// A lab that was started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    pub lab: u8,
    /// When it was started, in seconds since 1970.
    pub since: u64,
    /// When the sidecar had started then, in seconds since 1970; it says so to five seconds.
    pub sidecar_since: u64,
    /// What the sidecar had counted then of changes of its listeners, and of answers of class 5xx.
    pub updates: u64,
    pub failures: u64,
    /// What a lab has to be put in; only a lab that swaps modules has any.
    pub modules: Option<Modules>,
    /// The attendee's user, then others whom the lab has; in the end those whom a check has made.
    pub people: Vec<Person>,
}

/// Modules, where the sidecar finds them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modules {
    /// Another filter, which does not do what ours does.
    pub next: PathBuf,
    /// Another build of ours.
    pub mended: PathBuf,
}

impl Seat {
    /// Nobody yet at this lab.
    ///
    /// # Errors
    /// When the sidecar does not answer.
    pub fn new(mesh: &Mesh, lab: u8) -> Result<Self> {
        let sidecar = mesh.sidecar()?;
        Ok(Self {
            lab,
            since: now()?,
            sidecar_since: now()?.saturating_sub(mesh.sidecar_uptime()?),
            updates: sidecar.updates,
            failures: sidecar.failures,
            modules: None,
            people: Vec::new(),
        })
    }

    /// What is kept of a lab that was started; `None` when none was.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn kept(mesh: &Mesh) -> Result<Option<Self>> {
        let file = file(mesh);
        let text = match fs::read(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text.with_context(|| format!("cannot read {}", file.display()))?,
        };
        serde_json::from_slice(&text)
            .map(Some)
            .with_context(|| format!("{} is damaged", file.display()))
    }

    /// Keeps it.
    ///
    /// # Errors
    /// No permission, no space.
    pub fn keep(&self, mesh: &Mesh) -> Result<()> {
        write_whole(&file(mesh), &serde_json::to_vec_pretty(self)?)
    }

    /// Forgets it.
    ///
    /// # Errors
    /// No permission.
    pub fn forget(mesh: &Mesh) -> Result<()> {
        match fs::remove_file(file(mesh)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            done => done.context("cannot remove what is kept of the lab"),
        }
    }

    /// The attendee's user.
    ///
    /// # Errors
    /// When what is kept is damaged.
    pub fn attendee(&self) -> Result<&Person> {
        self.people.first().context("the lab has no user")
    }
}

/// Seconds since 1970.
///
/// # Errors
/// When the clock is set before.
pub fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

fn file(mesh: &Mesh) -> PathBuf {
    let folder = mesh.policy_file.parent().unwrap_or(Path::new("."));
    folder.join("lab.json")
}
