//! Lab 10: figures of the attendee's own, and what they say.

use std::fs;

use anyhow::Result;
use serde_json::Value;

use super::Scene;
use crate::bench::filter::figures_folder;
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
    let file = figures_folder(config)?.join("filter.json");
    let Ok(figures) = fs::read(&file) else {
        report.expect(
            "there are figures",
            "figures",
            "none",
            "nothing was measured: . docs/workshop/10-what-does-it-cost/steps.sh; measure",
        );
        return Ok(());
    };
    let mut all = added(&serde_json::from_slice(&figures)?);
    all.retain(|added| added.chain != NO_FILTER && added.chain != NO_SIGNATURE);
    all.sort_by(|one, other| one.micros.total_cmp(&other.micros));
    let (Some(cheapest), Some(dearest)) = (all.first(), all.last()) else {
        report.expect("all chains were measured", "all", "none", "measure");
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
