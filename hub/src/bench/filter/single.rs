//! What runs on single Envoys, outside any mesh.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::chain::Chain;
use super::parts::Parts;
use super::{Part, Report, Size, conduct, cost, crash, examples, plot};
use crate::bench::envoy::Envoy;
use crate::config::Config;
use crate::instance::hub_dir;
use crate::terminal;

/// Prints what one crash of each kind of filter ends.
///
/// # Errors
/// As [`super::run`].
pub fn crashes(config: &Config) -> Result<()> {
    with_parts(config, Size::QUICK, |parts| {
        for line in crash::table(parts)? {
            terminal::result(&line);
        }
        Ok(())
    })
}

/// All that is measured on single Envoys.
///
/// # Errors
/// As [`super::run`].
pub fn one_envoy(
    config: &Config,
    size: Size,
    wanted: impl Fn(Part) -> bool,
    out: &Path,
    report: &mut Report,
) -> Result<()> {
    with_parts(config, size, |parts| {
        if wanted(Part::Cost) || wanted(Part::Conduct) {
            chains(parts, size, &wanted, out, report)?;
        }
        if wanted(Part::Examples) {
            let examples = examples::measure(parts, size)?;
            report.add("examples", &examples.table(), examples.json())?;
        }
        Ok(())
    })
}

/// Does something in a folder that is gone afterwards.
fn with_parts(
    config: &Config,
    size: Size,
    action: impl FnOnce(&Parts<'_>) -> Result<()>,
) -> Result<()> {
    let folder = hub_dir(&config.root).join("bench/filter");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    action(&Parts::get(config, &folder, size)?)?;
    Ok(std::fs::remove_dir_all(&folder)?)
}

/// All chains, on an Envoy each.
fn chains(
    parts: &Parts<'_>,
    size: Size,
    wanted: impl Fn(Part) -> bool,
    out: &Path,
    report: &mut Report,
) -> Result<()> {
    let envoys: Vec<(Chain, Envoy)> = Chain::ALL
        .into_iter()
        .map(|chain| Ok((chain, parts.start(&chain.filters(parts)?, 1, Some(0))?)))
        .collect::<Result<_>>()?;
    if wanted(Part::Cost) {
        let costs = cost::measure(parts, size, &envoys)?;
        plot::draw(&costs, &out.join("filter.svg"))?;
        report.add("costs", &cost::table(&costs), cost::json(&costs))?;
    }
    if wanted(Part::Conduct) {
        let conducts = conduct::measure(parts, size, &envoys)?;
        let table = conduct::table(&conducts, size.rate);
        report.add("conduct", &table, conduct::json(&conducts))?;
    }
    Ok(())
}
