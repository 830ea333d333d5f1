//! Lab 2: without the filter nobody counts, and what is not yours stays closed.

use anyhow::Result;

use super::{Scene, presence};
use crate::lab::report::Report;

const PULLS: usize = 30;

pub fn check(scene: &mut Scene, report: &mut Report) -> Result<()> {
    let guest = scene.guest()?;
    let other = scene.guest()?;
    let probe = scene.get(&guest.pull, &guest)?;
    let passed = scene.client.passed(PULLS, &guest.pull, &guest.person)?;
    let look = match (probe.is_of_filter(), passed) {
        (true, PULLS) => {
            "the filter still decides: its policy was changed, but it was to be switched off"
        }
        _ => "hub filter status",
    };
    report.expect("the filter is off", "off", presence(&probe), look);
    report.expect(
        "somebody new pulls thirty times",
        format!("{PULLS} answered 200"),
        format!("{passed} answered 200"),
        match scene.attendee_plan()?.as_str() {
            "personal" => "x-imagehub-filter in the answers: who counts?",
            _ => "your plan was raised: that moves a limit, and does so only for you",
        },
    );
    let foreign = scene.get(&other.pull, &guest)?;
    report.expect(
        "the application itself refuses another's picture",
        403,
        foreign.status,
        "the application's log: it decides by its catalogue",
    );
    let anonymous = scene.client.get(&guest.pull, None)?;
    report.expect(
        "and who has no token",
        401,
        anonymous.status,
        "the application's log",
    );
    Ok(())
}
