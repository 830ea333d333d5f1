//! Lab 3: loaded, with another policy, and nothing restarted.

use anyhow::Result;

use super::{Scene, expect_twenty_pulls, presence};
use crate::lab::report::Report;

const PULLS: usize = 30;

pub fn check(scene: &mut Scene, report: &mut Report) -> Result<()> {
    let guest = scene.guest()?;
    let first = scene.get(&guest.pull, &guest)?;
    report.expect(
        "the filter is on",
        "on",
        presence(&first),
        "hub filter status",
    );
    expect_twenty_pulls(report, &first, "hub policy apply");
    let passed = 1 + scene.client.passed(PULLS - 1, &guest.pull, &guest.person)?;
    report.expect(
        "of thirty pulls of somebody new, twenty pass",
        20,
        passed,
        "the header RateLimit of each answer",
    );
    scene.expect_same_sidecar(
        report,
        "the sidecar was restarted, and its counters are gone: nothing of this needs it",
    )
}
