//! Lab 10: figures of the attendee's own, and what they say.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use anyhow::Result;
use serde_json::Value;

use super::Scene;
use crate::build;
use crate::config::Config;
use crate::lab::report::Report;

const NO_FILTER: &str = "no filter";
const NO_SIGNATURE: &str = "Lua";

/// What a chain adds to a request whose token was seen before, in microseconds of CPU.
struct Added {
    chain: String,
    micros: f64,
}

pub fn check(scene: &mut Scene, config: &Config, report: &mut Report) -> Result<()> {
    let file = build::target_dir(config)?.join("bench/filter/filter.json");
    let measured = measured_at(&file).is_some_and(|time| time >= scene.seat.since);
    report.expect(
        "there are figures of since the lab began",
        "figures",
        if measured { "figures" } else { "none" },
        "nothing was measured: hub bench filter --quick --only cost",
    );
    if !measured {
        return Ok(());
    }
    let mut all = added(&serde_json::from_slice(&fs::read(&file)?)?);
    all.retain(|added| added.chain != NO_FILTER && added.chain != NO_SIGNATURE);
    all.sort_by(|one, other| one.micros.total_cmp(&other.micros));
    let (Some(cheapest), Some(dearest)) = (all.first(), all.last()) else {
        report.expect(
            "all chains were measured",
            "all",
            "none",
            "hub bench filter --only cost",
        );
        return Ok(());
    };
    let attendee = scene.attendee()?;
    let path = format!("/t/{}/images?limit=1", attendee.name);
    let listing = scene.client.get(&path, Some(&attendee))?.json();
    let title = listing.pointer("/images/0/title").and_then(Value::as_str);
    let title = title.unwrap_or_default();
    report.expect(
        "your picture has the name of the chain that adds the least, of those that verify signatures",
        &cheapest.chain,
        title,
        match title {
            NO_FILTER => "without a filter nothing is added, and nothing is done",
            NO_SIGNATURE => "Lua verifies no signature: it believes every token",
            other if other == dearest.chain => "this one adds the most: the column is in microseconds",
            _ => "the first table, column \"added\", rows \"200, token seen before\"",
        },
    );
    Ok(())
}

/// Seconds since 1970 at which it was written.
fn measured_at(file: &Path) -> Option<u64> {
    let written = fs::metadata(file).and_then(|file| file.modified()).ok()?;
    Some(written.duration_since(UNIX_EPOCH).ok()?.as_secs())
}

fn added(figures: &Value) -> Vec<Added> {
    let costs = figures.get("costs").and_then(Value::as_array);
    let known = |cost: &&Value| {
        let text = |name: &str| cost.get(name).and_then(Value::as_str);
        text("answer") == Some("200, token seen before")
            && cost.get("users").and_then(Value::as_u64) == Some(10)
    };
    let added = |cost: &Value| {
        Some(Added {
            chain: cost.get("chain")?.as_str()?.to_owned(),
            micros: cost.pointer("/added_micros/median")?.as_f64()?,
        })
    };
    let known = costs.into_iter().flatten().filter(known);
    known.filter_map(added).collect()
}
