//! What others wait while a tenant searches: the slowest percent of their answers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::Size;
use super::row::{Budget, Row, median};
use crate::bench::clients::{agent, get};

/// Between two requests: others are people who look at pages, no load test.
const PAUSE: Duration = Duration::from_millis(2);

/// A request of somebody's.
pub struct Asked<'a> {
    pub url: String,
    pub token: &'a str,
}

/// A page, while nobody searches and while another tenant does.
///
/// # Errors
/// When a request is not answered 200.
pub fn measure(size: Size, store: &str, page: Asked<'_>, search: Asked<'_>) -> Result<Row> {
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        alone.push(slowest_percent(size, &page)?);
        beside.push(while_asked(&search, || slowest_percent(size, &page))?);
    }
    Ok(Row {
        what: format!("p99 of a page while another tenant searches, {store}"),
        against: "while nobody searches".to_owned(),
        unit: "µs",
        ours: median(beside),
        theirs: Some(median(alone)),
        budget: Budget::AtMost(2.0),
    })
}

/// Microseconds that 99 of 100 requests stay below.
fn slowest_percent(size: Size, page: &Asked<'_>) -> Result<f64> {
    let agent = agent();
    let end = Instant::now() + Duration::from_secs(size.seconds.into());
    let mut times = Vec::new();
    while Instant::now() < end {
        let asked = Instant::now();
        answered(&agent, page)?;
        times.push(asked.elapsed().as_secs_f64() * 1e6);
        std::thread::sleep(PAUSE);
    }
    times.sort_by(f64::total_cmp);
    let place = times.len() * 99 / 100;
    times.get(place).copied().context("no request was answered")
}

/// Runs `measured` while a client asks for `other` without a pause.
fn while_asked(other: &Asked<'_>, measured: impl FnOnce() -> Result<f64>) -> Result<f64> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| -> Result<()> {
            let agent = agent();
            while !over.load(Ordering::Relaxed) {
                answered(&agent, other)?;
            }
            Ok(())
        });
        let figure = measured();
        over.store(true, Ordering::Relaxed);
        asking.join().ok().context("the searches broke off")??;
        figure
    })
}

fn answered(agent: &ureq::Agent, asked: &Asked<'_>) -> Result<()> {
    let status = get(agent, &asked.url, asked.token)?;
    ensure!(status == 200, "{} is answered {status}", asked.url);
    Ok(())
}
