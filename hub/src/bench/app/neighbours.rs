//! What others wait while a tenant searches: the slowest percent of their answers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::Size;
use super::listing::Tenant;
use super::row::{Budget, Row, median};
use crate::bench::clients::{agent, get};

/// Between two requests: others are people who look at pages, no load test.
const PAUSE: Duration = Duration::from_millis(2);

/// The small tenant's first page, while nobody searches and while the large tenant does.
///
/// # Errors
/// When a request is not answered 200.
pub fn measure(
    size: Size,
    store: &str,
    small: &Tenant,
    large: &Tenant,
    search: &str,
) -> Result<Row> {
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        alone.push(slowest_percent(size, small)?);
        beside.push(while_searched(large, search, || {
            slowest_percent(size, small)
        })?);
    }
    Ok(Row {
        what: format!(
            "p99 of another tenant's first page while one searches {} pictures, {store}",
            large.pictures
        ),
        against: "while nobody searches".to_owned(),
        unit: "µs",
        ours: median(beside),
        theirs: Some(median(alone)),
        budget: Budget::AtMost(2.0),
    })
}

/// Microseconds that 99 of 100 requests stay below.
fn slowest_percent(size: Size, tenant: &Tenant) -> Result<f64> {
    let (agent, url) = (agent(), format!("{}?limit=50", tenant.url));
    let end = Instant::now() + Duration::from_secs(size.seconds.into());
    let mut times = Vec::new();
    while Instant::now() < end {
        let asked = Instant::now();
        let status = get(&agent, &url, &tenant.token)?;
        ensure!(status == 200, "{url} is answered {status}");
        times.push(asked.elapsed().as_secs_f64() * 1e6);
        std::thread::sleep(PAUSE);
    }
    times.sort_by(f64::total_cmp);
    let place = times.len() * 99 / 100;
    times.get(place).copied().context("no request was answered")
}

/// Runs `measured` while a client searches without a pause.
fn while_searched(
    tenant: &Tenant,
    search: &str,
    measured: impl FnOnce() -> Result<f64>,
) -> Result<f64> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let searches = scope.spawn(|| {
            let (agent, url) = (agent(), format!("{}?{search}", tenant.url));
            let mut answered = 0;
            while !over.load(Ordering::Relaxed) {
                let status = get(&agent, &url, &tenant.token)?;
                ensure!(status == 200, "{url} is answered {status}");
                answered += 1;
            }
            ensure!(answered > 0, "no search was answered");
            Ok(())
        });
        let figure = measured();
        over.store(true, Ordering::Relaxed);
        searches.join().ok().context("the searches broke off")??;
        figure
    })
}
