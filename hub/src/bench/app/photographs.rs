//! Pictures to measure with, painted once.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::programs::Programs;
use crate::build;

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
    build::run(&mut helper, "the photographs")?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    files.truncate(count);
    ensure!(files.len() == count, "only {} pictures", files.len());
    Ok(files)
}
