//! CPU time added to a request and requests a second: one Envoy worker on one core, load from the other.

use anyhow::Result;
use serde_json::{Value, json};

use super::Size;
use super::chain::Chain;
use super::figure::Figure;
use super::load::{self, Load};
use super::parts::{FEW, Parts, Who};
use crate::bench::clients;
use crate::bench::envoy::Envoy;
use crate::terminal;

const CONNECTIONS: u32 = 32;
/// Of what Envoy's own filters with cache add.
const BUDGET: f64 = 0.85;

/// One line: a chain, and who asks.
pub struct Cost {
    pub chain: Chain,
    pub who: Who,
    /// Users that the chain has seen.
    pub known: u64,
    /// Microseconds of CPU for a request.
    pub cpu: Figure,
    /// What of it is not there without filters.
    pub added: Figure,
    pub requests_a_second: Figure,
}

/// Measures every chain, first with few users, then with users who are all new, then after a crowd.
///
/// # Errors
/// When an Envoy does not start or answers wrongly.
pub fn measure(parts: &Parts<'_>, size: Size, envoys: &[(Chain, Envoy)]) -> Result<Vec<Cost>> {
    terminal::step("measuring CPU for a request");
    let few = lines(envoys, &[Who::Few, Who::Over, Who::Nobody], |_| true);
    let mut costs = rounds(parts, size, envoys, &few, FEW)?;
    let new = lines(envoys, &[Who::New], |_| true);
    costs.extend(
        rounds(parts, size, envoys, &new, size.cold)?
            .into_iter()
            .skip(1),
    );
    let counts = |chain| matches!(chain, Chain::Filter | Chain::Module | Chain::Native);
    for (chain, envoy) in envoys.iter().filter(|(chain, _)| counts(*chain)) {
        terminal::step(&format!(
            "{}: {} users, once each",
            chain.name(),
            size.crowd
        ));
        clients::each_once(0..size.crowd, |number| {
            Ok((envoy.url(&Who::New.path()), parts.token(Who::New, number)?))
        })?;
    }
    let few = lines(envoys, &[Who::Few], counts);
    costs.extend(
        rounds(parts, size, envoys, &few, size.crowd)?
            .into_iter()
            .skip(1),
    );
    Ok(costs)
}

/// Which Envoy, and who asks it.
type Line = (usize, Who);

/// The one without filters first, then for all who ask every chain that is meant and serves them.
fn lines(envoys: &[(Chain, Envoy)], all: &[Who], meant: impl Fn(Chain) -> bool) -> Vec<Line> {
    let served_by = |who: Who, meant: &dyn Fn(Chain) -> bool| -> Vec<Line> {
        let chains = envoys.iter().map(|(chain, _)| *chain).enumerate();
        chains
            .filter(|(_, chain)| meant(*chain))
            .map(|(index, _)| (index, who))
            .collect()
    };
    let mut lines = served_by(Who::Few, &|chain| chain == Chain::Nothing);
    for who in all {
        let others = |chain: Chain| chain != Chain::Nothing && chain.serves(*who) && meant(chain);
        lines.extend(served_by(*who, &others));
    }
    lines
}

/// Measures lines in turn, round after round. The first line is what the others add to.
fn rounds(
    parts: &Parts<'_>,
    size: Size,
    envoys: &[(Chain, Envoy)],
    lines: &[Line],
    known: u64,
) -> Result<Vec<Cost>> {
    let mut loads: Vec<Vec<Load>> = lines.iter().map(|_| Vec::new()).collect();
    for _ in 0..=size.rounds {
        for ((index, who), loads) in lines.iter().zip(&mut loads) {
            let Some((_, envoy)) = envoys.get(*index) else {
                continue;
            };
            let sent = loads.iter().map(|load| load.requests).sum();
            let load = load::send(parts, envoy, *who, sent, size.seconds, CONNECTIONS)?;
            loads.push(load);
        }
    }
    // The first round fills caches and does not count.
    for loads in &mut loads {
        loads.remove(0);
    }
    let figure =
        |loads: &[Load], what: fn(&Load) -> f64| Figure::of(loads.iter().map(what).collect());
    let without: Vec<f64> = loads
        .first()
        .map(|loads| loads.iter().map(Load::cpu_micros_a_request).collect())
        .unwrap_or_default();
    Ok(lines
        .iter()
        .zip(&loads)
        .filter_map(|((index, who), loads)| {
            let added = loads.iter().zip(&without);
            Some(Cost {
                chain: envoys.get(*index)?.0,
                who: *who,
                known,
                cpu: figure(loads, Load::cpu_micros_a_request),
                added: Figure::of(
                    added
                        .map(|(load, without)| load.cpu_micros_a_request() - without)
                        .collect(),
                ),
                requests_a_second: figure(loads, Load::requests_a_second),
            })
        })
        .collect())
}

/// The ratio to what the same requests cost Envoy's own filters with cache; `None` where there is no such figure, or
/// so few rounds that it is lost in the noise.
fn native(costs: &[Cost], of: &Cost) -> Option<f64> {
    if of.chain == Chain::Nothing {
        return None;
    }
    let native = costs
        .iter()
        .find(|cost| (cost.chain, cost.who, cost.known) == (Chain::Native, of.who, of.known))?;
    (native.added.least > 0.0).then(|| of.added.median / native.added.median)
}

fn holds(costs: &[Cost], of: &Cost) -> Option<bool> {
    let judged = of.chain == Chain::Filter && of.who == Who::Few;
    native(costs, of)
        .filter(|_| judged)
        .map(|ratio| ratio <= BUDGET)
}

/// The table in Markdown, so that it can be quoted as it is.
pub fn table(costs: &[Cost]) -> Vec<String> {
    let mut lines = vec![
        "| chain | answer | users known | µs CPU a request | added | × native with cache | requests/s on one core | budget |"
            .to_owned(),
        "|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    for cost in costs {
        let added = if cost.chain == Chain::Nothing {
            String::new()
        } else {
            cost.added.to_string()
        };
        let ratio = match native(costs, cost) {
            Some(ratio) if cost.chain != Chain::Native => format!("{ratio:.2}"),
            _ => String::new(),
        };
        let budget = match holds(costs, cost) {
            Some(true) => format!("≤ {BUDGET} ×: holds"),
            Some(false) => format!("≤ {BUDGET} ×: missed"),
            None => String::new(),
        };
        lines.push(format!(
            "| {} | {} | {} | {} | {added} | {ratio} | {} | {budget} |",
            cost.chain.name(),
            cost.who.describe(),
            cost.known,
            cost.cpu,
            cost.requests_a_second
        ));
    }
    lines.push(String::new());
    for chain in Chain::ALL {
        lines.push(format!(
            "{} leaves undone: {}.",
            chain.name(),
            chain.lacks()
        ));
    }
    lines
}

/// The same for programs.
pub fn json(costs: &[Cost]) -> Value {
    costs
        .iter()
        .map(|cost| {
            json!({
                "chain": cost.chain.name(), "answer": cost.who.describe(), "users": cost.known,
                "cpu_micros": cost.cpu.json(), "added_micros": cost.added.json(),
                "of_native": native(costs, cost), "holds": holds(costs, cost),
                "requests_a_second": cost.requests_a_second.json(),
            })
        })
        .collect()
}
