//! CPU time added to a request and requests a second: one Envoy worker on one core, load from the other.

use anyhow::Result;
use serde_json::{Value, json};

use super::Size;
use super::chain::Chain;
use super::parts::{FEW, Parts, Who};
use super::rounds::{self, Price};
use crate::bench::clients;
use crate::bench::envoy::Envoy;
use crate::terminal;

/// Of what Envoy's own filters with cache add.
const BUDGET: f64 = 0.85;

/// One line: a chain, and who asks.
pub struct Cost {
    pub chain: Chain,
    pub who: Who,
    /// Users that the chain has seen.
    pub known: u64,
    pub price: Price,
}

/// Measures every chain, first with few users, then with users who are all new, then after a crowd.
///
/// # Errors
/// When an Envoy does not start or answers wrongly.
pub fn measure(parts: &Parts<'_>, size: Size, envoys: &[(Chain, Envoy)]) -> Result<Vec<Cost>> {
    terminal::step("measuring CPU for a request");
    let few = lines(envoys, &[Who::Few, Who::Over, Who::Nobody], |_| true);
    let mut costs = rounds(parts, size, &few, FEW)?;
    let new = lines(envoys, &[Who::New], |_| true);
    costs.extend(rounds(parts, size, &new, size.cold)?.into_iter().skip(1));
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
    costs.extend(rounds(parts, size, &few, size.crowd)?.into_iter().skip(1));
    Ok(costs)
}

/// A chain in its Envoy, and who asks it.
type Line<'a> = (Chain, &'a Envoy, Who);

/// The one without filters first, then for all who ask every chain that is meant and serves them.
fn lines<'a>(
    envoys: &'a [(Chain, Envoy)],
    all: &[Who],
    meant: impl Fn(Chain) -> bool,
) -> Vec<Line<'a>> {
    let served_by = |who: Who, meant: &dyn Fn(Chain) -> bool| -> Vec<Line<'a>> {
        let chains = envoys.iter().filter(|(chain, _)| meant(*chain));
        chains.map(|(chain, envoy)| (*chain, envoy, who)).collect()
    };
    let mut lines = served_by(Who::Few, &|chain| chain == Chain::Nothing);
    for who in all {
        let others = |chain: Chain| chain != Chain::Nothing && chain.serves(*who) && meant(chain);
        lines.extend(served_by(*who, &others));
    }
    lines
}

/// Measures the lines; the first is what the others add to.
fn rounds(parts: &Parts<'_>, size: Size, lines: &[Line<'_>], known: u64) -> Result<Vec<Cost>> {
    let asked: Vec<(&Envoy, Who)> = lines.iter().map(|(_, envoy, who)| (*envoy, *who)).collect();
    let prices = rounds::of(parts, size, &asked)?;
    let costs = lines.iter().zip(prices);
    Ok(costs
        .map(|((chain, _, who), price)| Cost {
            chain: *chain,
            who: *who,
            known,
            price,
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
    (native.price.added.least > 0.0).then(|| of.price.added.median / native.price.added.median)
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
            cost.price.added.to_string()
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
            cost.price.cpu,
            cost.price.requests_a_second
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
                "cpu_micros": cost.price.cpu.json(), "added_micros": cost.price.added.json(),
                "of_native": native(costs, cost), "holds": holds(costs, cost),
                "requests_a_second": cost.price.requests_a_second.json(),
            })
        })
        .collect()
}
