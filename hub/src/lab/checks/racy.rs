//! Lab 6: a burst over all workers admits what the limit says, and not one more.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::{Guest, Scene};
use crate::lab::report::Report;

const BURST: usize = 64;
const QUIET_BURSTS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(5);

pub fn check(scene: &mut Scene, report: &mut Report) -> Result<()> {
    let guest = scene.guest()?;
    await_one_filter(scene, &guest)?;
    let answers = scene.client.at_once(BURST, &guest.pull, &guest.person)?;
    let passed = answers.iter().filter(|answer| answer.status == 200).count();
    let answer = scene.get(&guest.pull, &guest)?;
    let look = match answer.header("x-imagehub-filter") {
        "" => "there is no filter: nobody counts at all",
        name if name.starts_with("racy") => {
            "x-imagehub-filter: the racy filter is still there; hub filter on puts in ours"
        }
        _ => "plans.personal.pull in the policy in force",
    };
    report.expect(
        "of 64 pulls at one time, exactly ten pass",
        10,
        passed,
        look,
    );
    report.expect(
        "and the next one is refused",
        429,
        answer.status,
        "the header RateLimit",
    );
    Ok(())
}

/// A connection that the edge kept since before a change carries one more request through the filter
/// that was there then. Bursts of requests that cost nothing show and use them up.
fn await_one_filter(scene: &Scene, guest: &Guest) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut quiet = 0;
    while quiet < QUIET_BURSTS {
        let answers = scene.client.at_once(BURST, "/healthz", &guest.person)?;
        let mut filters = answers
            .iter()
            .map(|answer| answer.header("x-imagehub-filter"));
        let first = filters.next().unwrap_or_default();
        quiet = if filters.all(|filter| filter == first) {
            quiet + 1
        } else {
            0
        };
        if Instant::now() > deadline {
            bail!("two filters answer: hub filter status, and ask again");
        }
    }
    Ok(())
}
