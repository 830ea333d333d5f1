//! What a chain is like beside its speed: latency, memory, how soon it is enforced, what a crash of it
//! kills, and whether it counts exactly.

use std::fmt::{self, Display};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::Size;
use super::chain::Chain;
use super::crash;
use super::figure::Figure;
use super::latency::{self, Latencies};
use super::load;
use super::parts::{Parts, Who};
use crate::bench::clients::{self, PullLimit};
use crate::bench::envoy::{Envoy, Filters};
use crate::terminal;

const WORKERS: [u16; 4] = [1, 2, 4, 8];
const ENFORCED_WITHIN: Duration = Duration::from_secs(60);
/// Of the filter's module, in bytes.
const FILE_BUDGET: u64 = 512 * 1024;

pub struct Conduct {
    chain: Chain,
    /// Milliseconds.
    p50: Figure,
    p99: Figure,
    /// MiB at 1, 2, 4 and 8 workers.
    resident: Vec<f64>,
    /// Milliseconds from writing the configuration to the first refusal.
    enforced: Option<Figure>,
    crash: Option<String>,
    /// Bytes of what Envoy loads.
    file: Option<u64>,
    /// Bursts at 2 and 4 workers.
    exact: Vec<Exactness>,
}

/// What was admitted of a burst, and what the guarantee allows.
struct Exactness {
    admitted: u64,
    least: u64,
    most: u64,
}

impl Exactness {
    fn holds(&self) -> bool {
        (self.least..=self.most).contains(&self.admitted)
    }
}

impl Display for Exactness {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            admitted,
            least,
            most,
        } = self;
        if least == most {
            write!(to, "{admitted} (of {least})")
        } else {
            write!(to, "{admitted} (of {least}–{most})")
        }
    }
}

/// Measures all chains; latencies in turn, round after round.
///
/// # Errors
/// When an Envoy does not start or answers wrongly.
pub fn measure(parts: &Parts<'_>, size: Size, envoys: &[(Chain, Envoy)]) -> Result<Vec<Conduct>> {
    terminal::step(&format!("measuring latency at {} requests/s", size.rate));
    let mut rounds: Vec<Vec<Latencies>> = envoys.iter().map(|_| Vec::new()).collect();
    let token = parts.token(Who::Few, 0)?;
    for _ in 0..size.rounds {
        for ((_, envoy), rounds) in envoys.iter().zip(&mut rounds) {
            let time = Duration::from_secs(size.seconds.into());
            let path = Who::Few.path();
            rounds.push(latency::at_rate(
                envoy.port, &path, &token, size.rate, time,
            )?);
        }
    }
    let chains = envoys.iter().map(|(chain, _)| *chain);
    chains
        .zip(rounds)
        .map(|(chain, rounds)| {
            terminal::step(&format!("measuring {}", chain.name()));
            let quantile = |rounds: &[Latencies], part| {
                Figure::of(rounds.iter().map(|round| round.quantile(part)).collect())
            };
            let guards = chain != Chain::Nothing;
            Ok(Conduct {
                chain,
                p50: quantile(&rounds, 0.5),
                p99: quantile(&rounds, 0.99),
                resident: resident(parts, chain)?,
                enforced: guards
                    .then(|| enforced(parts, chain, size.rounds))
                    .transpose()?,
                crash: guards.then(|| crash::of(parts, chain)).transpose()?,
                file: file(parts, chain)?,
                exact: if guards {
                    exact(parts, chain)?
                } else {
                    Vec::new()
                },
            })
        })
        .collect()
}

fn file(parts: &Parts<'_>, chain: Chain) -> Result<Option<u64>> {
    let path = match chain {
        Chain::Filter => parts.wasm.clone(),
        Chain::Module => parts.modules.join("libimagehub_module.so"),
        Chain::Nothing | Chain::Native | Chain::NativeUncached | Chain::Lua => return Ok(None),
    };
    Ok(Some(std::fs::metadata(path)?.len()))
}

/// MiB after a second of requests over many connections, so that every worker has had some.
fn resident(parts: &Parts<'_>, chain: Chain) -> Result<Vec<f64>> {
    let one = |workers: u16| {
        let envoy = parts.start(&chain.filters(parts)?, workers, None)?;
        load::send(parts, &envoy, Who::Few, 0.0, 1, 8 * u32::from(workers))?;
        Ok(envoy.resident_kib()? as f64 / 1024.0)
    };
    WORKERS.into_iter().map(one).collect()
}

fn enforced(parts: &Parts<'_>, chain: Chain, rounds: usize) -> Result<Figure> {
    let one = || {
        let envoy = parts.start(&Filters::default(), 1, None)?;
        let filters = chain.filters(parts)?;
        let start = Instant::now();
        envoy.apply(&filters)?;
        // A new connection each time: an old one keeps the old filters.
        while clients::get_afresh(&envoy.url(&Who::Few.path()))? != 401 {
            ensure!(
                start.elapsed() < ENFORCED_WITHIN,
                "{} is not enforced",
                chain.name()
            );
        }
        Ok(start.elapsed().as_secs_f64() * 1e3)
    };
    let rounds: Result<Vec<f64>> = (0..rounds).map(|_| one()).collect();
    Ok(Figure::of(rounds?))
}

fn exact(parts: &Parts<'_>, chain: Chain) -> Result<Vec<Exactness>> {
    let limit = PullLimit::in_policy(&parts.policy)?;
    let token = parts.token(Who::Over, 0)?;
    let one = |workers| {
        let envoy = parts.start(&chain.filters(parts)?, workers, None)?;
        let burst = clients::burst(&envoy.url(&Who::Over.path()), &token);
        Ok(Exactness {
            admitted: burst.admitted,
            least: limit.count,
            most: limit.most_in(burst.elapsed),
        })
    };
    [2, 4].into_iter().map(one).collect()
}

impl Conduct {
    fn memory(&self) -> String {
        let figures: Vec<String> = self
            .resident
            .iter()
            .map(|mib| format!("{mib:.0}"))
            .collect();
        figures.join(" / ")
    }

    fn exactness(&self) -> String {
        let Some(yes) = self.is_exact() else {
            return String::new();
        };
        let figures: Vec<String> = self.exact.iter().map(Exactness::to_string).collect();
        format!("{}: {}", if yes { "yes" } else { "no" }, figures.join(", "))
    }

    /// `None` where nothing is counted.
    fn is_exact(&self) -> Option<bool> {
        (!self.exact.is_empty()).then(|| self.exact.iter().all(Exactness::holds))
    }

    fn budget(&self) -> String {
        let (Chain::Filter, Some(exact), Some(file)) = (self.chain, self.is_exact(), self.file)
        else {
            return String::new();
        };
        let verdict = |holds| if holds { "holds" } else { "missed" };
        format!(
            "exact: {}; ≤ {} KiB: {}",
            verdict(exact),
            FILE_BUDGET / 1024,
            verdict(file <= FILE_BUDGET)
        )
    }
}

/// The table in Markdown, so that it can be quoted as it is.
pub fn table(conducts: &[Conduct], rate: u32) -> Vec<String> {
    let mut lines = vec![
        format!(
            "| chain | p50, ms at {rate}/s | p99, ms | MiB resident at 1 / 2 / 4 / 8 workers | entry to enforced, ms | one crash kills | exact over 2 and 4 workers | KiB of the file | budget |"
        ),
        "|---|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    lines.extend(conducts.iter().map(|conduct| {
        format!(
            "| {} | {:.2} | {:.2} | {} | {} | {} | {} | {} | {} |",
            conduct.chain.name(),
            conduct.p50.median,
            conduct.p99.median,
            conduct.memory(),
            conduct
                .enforced
                .map(|figure| figure.to_string())
                .unwrap_or_default(),
            conduct.crash.as_deref().unwrap_or_default(),
            conduct.exactness(),
            conduct
                .file
                .map(|bytes| (bytes / 1024).to_string())
                .unwrap_or_default(),
            conduct.budget()
        )
    }));
    lines
}

/// The same for programs.
pub fn json(conducts: &[Conduct]) -> Value {
    conducts
        .iter()
        .map(|conduct| {
            json!({
                "chain": conduct.chain.name(),
                "p50_ms": conduct.p50.json(), "p99_ms": conduct.p99.json(),
                "resident_mib": conduct.resident, "workers": WORKERS,
                "enforced_ms": conduct.enforced.map(Figure::json),
                "crash_kills": conduct.crash,
                "file_bytes": conduct.file,
                "exact": conduct.is_exact(),
                "bursts": conduct.exact.iter()
                    .map(|burst| json!({
                        "admitted": burst.admitted, "least": burst.least, "most": burst.most,
                    }))
                    .collect::<Vec<_>>(),
            })
        })
        .collect()
}
