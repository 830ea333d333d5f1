//! The log-ins of whom was seeded, in a file of the data directory: whoever runs this finds them
//! there as long as nobody changed them.

use std::io::{ErrorKind, Result, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use imagehub_policy::Username;
use serde::{Deserialize, Serialize};

use crate::file_permissions;

/// How somebody who was seeded logs in.
#[derive(Debug, Serialize, Deserialize)]
pub struct LogIn {
    /// The user name.
    pub user: String,
    /// Made up for this one time.
    pub password: String,
    /// Tenants and roles, for people to read.
    pub places: String,
}

/// Changes of the file, one at a time.
static CHANGING: Mutex<()> = Mutex::new(());

/// The file, in the data directory. `hub logins` reads it.
pub fn file(data: &Path) -> PathBuf {
    data.join("seed-logins.json")
}

/// Keeps these, in place of those from before.
pub fn keep(data: &Path, log_ins: &[LogIn]) -> Result<()> {
    let _one = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
    write(data, log_ins)
}

/// The user has another password from now on, or is gone: the log-in that was kept goes.
pub fn forget(data: &Path, user: &Username) {
    let _one = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Err(error) = without(data, user) {
        let file = file(data);
        tracing::warn!(%user, %error, "an old log-in is still in {}", file.display());
    }
}

fn without(data: &Path, user: &Username) -> Result<()> {
    let kept = match std::fs::read(file(data)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        kept => kept?,
    };
    let mut log_ins: Vec<LogIn> = serde_json::from_slice(&kept)?;
    let before = log_ins.len();
    log_ins.retain(|log_in| log_in.user != user.as_str());
    if log_ins.len() == before {
        return Ok(());
    }
    write(data, &log_ins)
}

/// A reader sees the file as it was or as it is, never a part.
fn write(data: &Path, log_ins: &[LogIn]) -> Result<()> {
    let unfinished = data.join(".seed-logins.json");
    let mut opened = file_permissions::file(&unfinished)?;
    serde_json::to_writer_pretty(&mut opened, log_ins)?;
    opened.write_all(b"\n")?;
    opened.sync_all()?;
    std::fs::rename(&unfinished, file(data))
}
