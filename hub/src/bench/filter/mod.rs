//! `hub bench filter`: what the filter costs, beside everything else that could do its job in Envoy.

mod chain;
mod conduct;
mod cost;
mod crash;
mod examples;
mod figure;
mod latency;
mod load;
mod lua;
mod mesh;
mod native;
mod parts;
mod plot;
mod rounds;
mod single;
mod smp;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::config::Config;
use crate::instance::write_whole;
use crate::process::usage::processor;
use crate::{build, terminal};
pub use single::crashes;

#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Fewer and shorter rounds: whether it works, not what it costs.
    #[arg(long)]
    quick: bool,
    /// Only these parts.
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// The folder for figures, plot and documents [default: bench/filter in cargo's target folder; in compose the volume `mesh`].
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// CPU for a request, and requests a second.
    Cost,
    /// Latency, memory, time until it is enforced, crashes and exactness.
    Conduct,
    /// The same small filter in several languages.
    Examples,
    /// The whole mesh with the filter and without.
    Mesh,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Size {
    /// Interleaved rounds; the median counts.
    rounds: usize,
    /// Seconds of load in each.
    seconds: u32,
    /// Tokens that are each new to a worker when they come.
    cold: u64,
    /// Users of the large crowd.
    crowd: u64,
    /// Requests a second at which latency is measured.
    rate: u32,
    /// And through the mesh: less than the largest plan's limit for one user.
    mesh_rate: u32,
    /// Seconds of each round there.
    mesh_seconds: u32,
}

impl Size {
    const FULL: Self = Self {
        rounds: 7,
        seconds: 4,
        cold: 50_000,
        crowd: 1_000_000,
        rate: 2_000,
        mesh_rate: 400,
        mesh_seconds: 10,
    };
    const QUICK: Self = Self {
        rounds: 2,
        seconds: 1,
        cold: 6_000,
        crowd: 3_000,
        rate: 200,
        mesh_rate: 100,
        mesh_seconds: 1,
    };
}

/// Measures, prints tables and writes JSON, a plot and documents of Service Mesh Performance.
///
/// # Errors
/// When something cannot be built, started or answered. A missed budget is a result, no error.
pub fn run(config: &Config, options: &Options) -> Result<()> {
    let size = if options.quick {
        Size::QUICK
    } else {
        Size::FULL
    };
    let out = match &options.out {
        Some(folder) => folder.clone(),
        None => figures_folder(config)?,
    };
    std::fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let wanted = |part| options.only.is_empty() || options.only.contains(&part);
    let mut report = Report {
        file: out.join("filter.json"),
        figures: json!({
            "version": env!("CARGO_PKG_VERSION"),
            "processor": processor(),
            "processors": std::thread::available_parallelism()?.get(),
            "quick": options.quick,
        }),
    };
    if options.only != [Part::Mesh] {
        single::one_envoy(config, size, wanted, &out, &mut report)?;
    }
    if wanted(Part::Mesh) {
        let sides = mesh::measure(config, size)?;
        let table = mesh::table(&sides, size.mesh_rate);
        report.add("mesh", &table, mesh::json(&sides))?;
        smp::write(config, &out.join("smp"), &sides, size)?;
    }
    terminal::step(&format!("written to {}", out.display()));
    if options.quick {
        terminal::step("this was quick: it says whether it works, not what it costs");
    }
    Ok(())
}

/// Where the figures go: of compose's containers, to the volume that they share.
///
/// # Errors
/// When cargo does not say where its target folder is.
pub fn figures_folder(config: &Config) -> Result<PathBuf> {
    Ok(match &config.remote {
        Some(remote) => remote.state.join("figures"),
        None => build::target_dir(config)?.join("bench/filter"),
    })
}

/// What is printed, and the same for programs: part by part, so that one that fails does not take the others along.
struct Report {
    file: PathBuf,
    figures: Value,
}

impl Report {
    fn add(&mut self, name: &str, table: &[String], figures: Value) -> Result<()> {
        for line in table {
            terminal::result(line);
        }
        terminal::result("");
        self.figures[name] = figures;
        write_whole(&self.file, &serde_json::to_vec_pretty(&self.figures)?)
    }
}
