//! Interleaved rounds of load: other work of the machine slows all of them alike.

use anyhow::Result;

use super::Size;
use super::figure::Figure;
use super::load::{self, Load};
use super::parts::{Parts, Who};
use crate::bench::envoy::Envoy;

const CONNECTIONS: u32 = 32;

/// What requests cost.
pub struct Price {
    /// Microseconds of CPU for a request.
    pub cpu: Figure,
    /// What of it the first Envoy does not take.
    pub added: Figure,
    pub requests_a_second: Figure,
}

/// Sends load to each Envoy in turn, round after round.
///
/// # Errors
/// When wrk fails, or answers are not what they have to be.
pub fn of(parts: &Parts<'_>, size: Size, asked: &[(&Envoy, Who)]) -> Result<Vec<Price>> {
    let mut rounds: Vec<Vec<Load>> = asked.iter().map(|_| Vec::new()).collect();
    for _ in 0..=size.rounds {
        for ((envoy, who), loads) in asked.iter().zip(&mut rounds) {
            let sent = loads.iter().map(|load| load.requests).sum();
            loads.push(load::send(
                parts,
                envoy,
                *who,
                sent,
                size.seconds,
                CONNECTIONS,
            )?);
        }
    }
    // The first round fills caches and does not count.
    for loads in &mut rounds {
        loads.remove(0);
    }
    let cpu =
        |loads: &[Load]| -> Vec<f64> { loads.iter().map(Load::cpu_micros_a_request).collect() };
    let without = rounds.first().map(|loads| cpu(loads)).unwrap_or_default();
    let price = |loads: Vec<Load>| {
        let with = cpu(&loads);
        let added = with
            .iter()
            .zip(&without)
            .map(|(with, without)| with - without);
        Price {
            added: Figure::of(added.collect()),
            cpu: Figure::of(with),
            requests_a_second: Figure::of(loads.iter().map(Load::requests_a_second).collect()),
        }
    };
    Ok(rounds.into_iter().map(price).collect())
}
