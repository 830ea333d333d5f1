//! The policy in force, read again when its file changes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use imagehub_policy::Policy;
use thiserror::Error;

/// The policy as shipped.
const BUILT_IN: &str = include_str!("../../consul/policy.json");

/// The file is looked at this often.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The policy cannot be had.
#[derive(Debug, Error)]
pub enum PolicyFileError {
    /// The file cannot be read.
    #[error("policy {}: {error}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// It is no policy.
    #[error("policy {name}: {message}")]
    Invalid {
        /// Which file.
        name: String,
        /// What is wrong, and where.
        message: String,
    },
}

/// The policy in force. Clones share it.
#[derive(Clone)]
pub struct PolicyFile {
    path: Option<PathBuf>,
    current: Arc<RwLock<Arc<Policy>>>,
}

impl PolicyFile {
    /// Reads the file, or takes the policy that is built in.
    pub fn open(path: Option<PathBuf>) -> Result<Self, PolicyFileError> {
        let policy = match &path {
            Some(path) => read(path)?,
            None => parse("built in", BUILT_IN.as_bytes())?,
        };
        Ok(Self {
            path,
            current: Arc::new(RwLock::new(Arc::new(policy))),
        })
    }

    /// The policy in force.
    pub fn current(&self) -> Arc<Policy> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Follows the file for ever. A broken one is logged, and the policy in force stays.
    pub async fn follow(self) {
        let Some(path) = self.path.clone() else {
            return;
        };
        let mut seen = stamp(&path);
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = stamp(&path);
            if now == seen {
                continue;
            }
            seen = now;
            match read(&path) {
                Ok(policy) => {
                    tracing::info!(policy = policy.hash(), "the policy has changed");
                    *self.current.write().unwrap_or_else(PoisonError::into_inner) =
                        Arc::new(policy);
                }
                Err(error) => tracing::error!(%error, "the policy in force stays"),
            }
        }
    }
}

fn read(path: &Path) -> Result<Policy, PolicyFileError> {
    let bytes = std::fs::read(path).map_err(|error| PolicyFileError::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    parse(&path.display().to_string(), &bytes)
}

fn parse(name: &str, bytes: &[u8]) -> Result<Policy, PolicyFileError> {
    Policy::parse(bytes).map_err(|error| PolicyFileError::Invalid {
        name: name.to_owned(),
        message: error.to_string(),
    })
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
