//! One photograph of 12 megapixels to a thumbnail of 320 pixels.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::Size;
use super::photographs::{megabytes, paint};
use super::programs::Programs;
use super::row::{Budget, Row, median};
use crate::process::spawn::{Cost, cost_of};

pub fn measure(programs: &Programs, size: Size) -> Result<Vec<Row>> {
    let mut photographs = paint(programs, 1, 4000, 3000)?;
    let megabytes = megabytes(&photographs)?;
    let photograph = photographs.remove(0);
    let out = programs.folder.join("thumbnail.jpg");
    let ours = || {
        let mut command = Command::new(&programs.helper);
        command
            .arg("thumbnail")
            .arg(&photograph)
            .arg(&out)
            .arg("320");
        finished(command)
    };
    let theirs = || {
        let mut command = Command::new(&programs.vips);
        command.arg(&photograph).args(["--size", "320x320"]);
        command.arg("--output").arg(&out);
        finished(command)
    };
    let (mut mine, mut vips) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds * 3 {
        mine.push(ours()?);
        vips.push(theirs()?);
    }
    let cpu = |costs: &[Cost]| {
        median(
            costs
                .iter()
                .map(|cost| cost.cpu.as_secs_f64() * 1e3)
                .collect(),
        )
    };
    let memory = |costs: &[Cost]| {
        median(
            costs
                .iter()
                .map(|cost| cost.peak_kib as f64 / 1024.0)
                .collect(),
        )
    };
    Ok(vec![
        Row {
            what: format!("12 megapixels ({megabytes:.1} MB) to 320 px, CPU time"),
            against: "vipsthumbnail".to_owned(),
            unit: "ms",
            ours: cpu(&mine),
            theirs: Some(cpu(&vips)),
            budget: Budget::AtMost(0.75),
        },
        Row {
            what: "the same, peak memory".to_owned(),
            against: format!("vipsthumbnail: {:.0} MiB", memory(&vips)),
            unit: "MiB",
            ours: memory(&mine),
            theirs: None,
            budget: Budget::AtMost(16.0),
        },
    ])
}

fn finished(mut command: Command) -> Result<Cost> {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot run {}", command.get_program().to_string_lossy()))?;
    cost_of(child).with_context(|| format!("{}", command.get_program().to_string_lossy()))
}
