//! Pictures to measure with, painted once.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::programs::{Programs, run};

/// Paints `count` pictures of that size, unless they are there.
///
/// # Errors
/// When they cannot be painted.
pub fn paint(programs: &Programs, count: usize, width: u32, height: u32) -> Result<Vec<PathBuf>> {
    let folder = programs.folder.join(format!("pictures-{width}x{height}"));
    let mut helper = Command::new(&programs.helper);
    helper.arg("photographs").arg(&folder).args([
        count.to_string(),
        width.to_string(),
        height.to_string(),
    ]);
    run(&mut helper, "painting photographs")?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "jpg"))
        .collect();
    files.sort();
    files.truncate(count);
    ensure!(files.len() == count, "only {} pictures", files.len());
    Ok(files)
}

/// Megabytes of the first of them, so that a row says what was measured.
///
/// # Errors
/// When it cannot be looked at.
pub fn megabytes(files: &[PathBuf]) -> Result<f64> {
    let first = files.first().context("no pictures")?;
    Ok(std::fs::metadata(first)?.len() as f64 / 1e6)
}
