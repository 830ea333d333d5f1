//! Starting a worker, waiting for it no longer than it may take, and reading what it says.

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

use super::ImageError;
use super::worker::{Answer, Task};
use crate::config::Config;

/// Bytes of a worker's output that are read.
const MAX_OUTPUT: u64 = 64 * 1024;
/// What the standard library says before it aborts for want of memory.
const OUT_OF_MEMORY: &str = "memory allocation of";
/// Bytes of freed memory that a worker's allocator keeps, and the largest piece it takes from what
/// it kept: 32 MiB is the most that every glibc accepts.
const KEPT_FREE: &str = "33554432";
const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;

/// The program that is started to decode an image.
#[derive(Debug, Clone)]
pub struct Decoder {
    program: PathBuf,
}

impl Decoder {
    /// The program at this path, called as `imagehub-app decode-image FOLDER TASK`.
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
        }
    }

    /// The one that the settings name, or this program.
    pub fn of(config: &Config) -> Self {
        match &config.decoder {
            Some(program) => Self::at(program),
            None => Self::this_program(),
        }
    }

    /// This very program, even when its file was replaced by a newer one.
    pub fn this_program() -> Self {
        Self::at("/proc/self/exe")
    }

    /// Decodes a staged file into a folder. The worker is gone when this returns, and when the
    /// future is dropped.
    pub(super) async fn decode(
        &self,
        staged: &Path,
        folder: &Path,
        task: &Task,
        patience: Duration,
    ) -> Result<Answer, ImageError> {
        let staged = File::open(staged).map_err(ImageError::unavailable)?;
        let task = serde_json::to_string(task).map_err(ImageError::unavailable)?;
        let mut worker = Command::new(&self.program)
            .arg("decode-image")
            .arg(folder)
            .arg(task)
            // Nothing it could give away; and all its threads share one heap, so that the bound
            // on its address space is one on its memory.
            .env_clear()
            .env("MALLOC_ARENA_MAX", "1")
            // What it freed it will soon need again: the kernel need not take it back and clear it.
            .env("MALLOC_TRIM_THRESHOLD_", KEPT_FREE)
            .env("MALLOC_MMAP_THRESHOLD_", KEPT_FREE)
            .stdin(staged)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(ImageError::unavailable)?;
        let (stdout, stderr) = (worker.stdout.take(), worker.stderr.take());
        let work = async {
            let (said, complained) = tokio::join!(read(stdout), read(stderr));
            (worker.wait().await, said, complained)
        };
        let finished = tokio::time::timeout(patience, work).await;
        let Ok((status, said, complained)) = finished else {
            worker.kill().await.map_err(ImageError::unavailable)?;
            return Err(ImageError::DecodeLimit);
        };
        let status = status.map_err(ImageError::unavailable)?;
        if !status.success() {
            return Err(end(status, &complained));
        }
        serde_json::from_str(&said).map_err(|error| {
            tracing::warn!(%error, "a decoder ended without a word");
            undecodable()
        })
    }
}

/// What a worker's violent end says about its image.
fn end(status: ExitStatus, complained: &str) -> ImageError {
    let last = complained.lines().last().unwrap_or_default();
    tracing::warn!(%status, last, "a decoder failed");
    let ran_out = matches!(status.signal(), Some(SIGKILL | SIGXCPU));
    if ran_out || complained.contains(OUT_OF_MEMORY) {
        ImageError::DecodeLimit
    } else {
        undecodable()
    }
}

fn undecodable() -> ImageError {
    ImageError::Broken("it cannot be decoded".to_owned())
}

/// Reads to the end, and keeps the beginning.
async fn read(from: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut from) = from {
        let kept = (&mut from).take(MAX_OUTPUT).read_to_end(&mut bytes).await;
        let rest = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
        if let Err(error) = kept.and(rest.map(|_| 0)) {
            tracing::debug!(%error, "a decoder's output");
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
