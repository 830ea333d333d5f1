//! Photographs of 4 MB, four at a time, all thumbnails included.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use super::Size;
use super::photographs::{megabytes, paint};
use super::programs::Programs;
use super::row::{Budget, Row, median};
use super::server::{App, Cores};

const TOGETHER: usize = 4;
const SIZES: [u32; 4] = [160, 320, 640, 1280];

pub fn measure(programs: &Programs, size: Size) -> Result<Vec<Row>> {
    let files = paint(programs, size.photographs, 4000, 3000)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..size.rounds.min(3) {
        let app = App::start(programs, &format!("uploads-{round}"), Cores::All, None)?;
        let token = app.sign_up("bench")?;
        let upload = |file: &PathBuf| app.upload("bench", &token, file).map(drop);
        ours.push(together(&files, upload)?);
        std::fs::remove_dir_all(&app.data)?;
        theirs.push(together(&files, |file| all_sizes(programs, file))?);
    }
    Ok(vec![Row {
        what: format!(
            "{} uploads of {:.1} MB, four at a time",
            files.len(),
            megabytes(&files)?
        ),
        against: "vipsthumbnail, the same four sizes".to_owned(),
        unit: "s",
        ours: median(ours),
        theirs: Some(median(theirs)),
        budget: Budget::AtMost(1.0),
    }])
}

/// Seconds until each file was worked on, [`TOGETHER`] at a time.
pub fn together(files: &[PathBuf], work: impl Fn(&PathBuf) -> Result<()> + Sync) -> Result<f64> {
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..TOGETHER)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                        work(file)?;
                    }
                    anyhow::Ok(())
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().ok().context("a worker panicked")?)
    })?;
    Ok(start.elapsed().as_secs_f64())
}

fn all_sizes(programs: &Programs, file: &PathBuf) -> Result<()> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    for size in SIZES {
        let out = programs
            .folder
            .join("data")
            .join(format!("vips-{name}-{size}.jpg"));
        let status = Command::new(&programs.vips)
            .arg(file)
            .args(["--size", &format!("{size}x{size}"), "--output"])
            .arg(&out)
            .stdin(Stdio::null())
            .status()
            .context("cannot run vipsthumbnail")?;
        ensure!(status.success(), "vipsthumbnail failed");
    }
    Ok(())
}
