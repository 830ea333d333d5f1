//! `hub bench app`: the application beside what does the same work elsewhere, in one run.

mod gallery;
mod listing;
mod memory;
mod neighbours;
mod photographs;
mod programs;
mod pulls;
mod row;
mod server;
mod thumbnail;
mod uploads;
mod wrk;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

use crate::config::Config;
use crate::instance::{hub_dir, write_whole};
use crate::{build, terminal};
use programs::Programs;
use row::Row;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    Thumbnail,
    Uploads,
    Pulls,
    Gallery,
    Listing,
    Memory,
}

const ALL: [Part; 6] = [
    Part::Thumbnail,
    Part::Uploads,
    Part::Pulls,
    Part::Gallery,
    Part::Listing,
    Part::Memory,
];

#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Fewer and smaller rounds: whether it works, not what it takes.
    #[arg(long)]
    quick: bool,
    /// Only these parts.
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Where the figures go as JSON [default: bench/app.json in cargo's target folder].
    #[arg(long)]
    out: Option<PathBuf>,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Size {
    /// Interleaved rounds; the median counts.
    rounds: usize,
    /// Seconds of load in each.
    seconds: u32,
    photographs: usize,
    uploads: usize,
    tenants: [u64; 3],
}

impl Size {
    const FULL: Self = Self {
        rounds: 5,
        seconds: 4,
        photographs: 100,
        uploads: 10_000,
        tenants: [100, 10_000, 100_000],
    };
    const QUICK: Self = Self {
        rounds: 2,
        seconds: 1,
        photographs: 8,
        uploads: 200,
        tenants: [100, 1_000, 5_000],
    };
}

/// Measures, prints a table and writes JSON.
///
/// # Errors
/// When something cannot be built, started or answered. A missed budget is a result, no error.
pub fn run(config: &Config, options: &Options) -> Result<()> {
    let size = if options.quick {
        Size::QUICK
    } else {
        Size::FULL
    };
    let folder = hub_dir(&config.root).join("bench/app");
    if folder.join("data").exists() {
        std::fs::remove_dir_all(folder.join("data"))?;
    }
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let programs = Programs::get(config, folder)?;
    let mut rows: Vec<Row> = Vec::new();
    for part in ALL {
        if !options.only.is_empty() && !options.only.contains(&part) {
            continue;
        }
        terminal::step(&format!("measuring: {part:?}").to_lowercase());
        rows.extend(match part {
            Part::Thumbnail => thumbnail::measure(&programs, size),
            Part::Uploads => uploads::measure(&programs, size),
            Part::Pulls => pulls::measure(&programs, size),
            Part::Gallery => gallery::measure(&programs, size),
            Part::Listing => listing::measure(&programs, size),
            Part::Memory => memory::measure(&programs, size),
        }?);
    }
    let data = programs.folder.join("data");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    if options.quick {
        terminal::step("this was quick: it says whether it works, not what it takes");
    }
    for line in row::table(&rows) {
        terminal::result(&line);
    }
    let out = match &options.out {
        Some(path) => path.clone(),
        None => build::target_dir(config)?.join("bench/app.json"),
    };
    if let Some(parent) = out.parent() {
        std::fs::create_dir_all(parent)?;
    }
    write_whole(
        &out,
        &serde_json::to_vec_pretty(&row::json(&rows, options.quick))?,
    )?;
    terminal::step(&format!("written to {}", out.display()));
    Ok(())
}
