//! Lab 2: without the filter nobody counts, and what is not yours stays closed.

use anyhow::Result;
use serde_json::Value;

use super::{Scene, presence};
use crate::lab::report::Report;

const PULLS: usize = 30;
/// How the access log calls the application's answer, and the filter's to a request without a token.
const BY_APPLICATION: &str = "via_upstream";
const BY_FILTER: &str = "imagehub_unauthenticated";
/// Not the word itself: finding it is the task.
const WANTED: &str = "what the log says of a 401 without the filter";

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
    who_refuses(scene, report)
}

/// The attendee's picture says how the access log calls the application's answer.
fn who_refuses(scene: &Scene, report: &mut Report) -> Result<()> {
    let attendee = scene.attendee()?;
    let path = format!("/t/{}/images?limit=1", attendee.name);
    let listing = scene.client.get(&path, Some(&attendee))?.json();
    let title = listing.pointer("/images/0/title").and_then(Value::as_str);
    let title = title.unwrap_or_default();
    report.expect(
        "your picture has what the access log calls that answer as its title",
        WANTED,
        match title {
            BY_APPLICATION => WANTED.to_owned(),
            other => format!("the title {other}"),
        },
        match title {
            BY_FILTER => "that is what the filter said, before it was switched off: look at a later line",
            _ => "sidecar_log, field details: lab 1 shows how; Envoy writes its log every ten seconds",
        },
    );
    Ok(())
}
