//! Lab 7: a filter of the attendee's own, beside ours.

use anyhow::Result;

use super::{Scene, presence};
use crate::lab::report::Report;

/// What the example filter, and whatever is made of it, adds to every response.
const MARK: &str = "x-filtered-by";
const ROBOT: &str = "a-robot/1.0";
const BROWSER: &str = "a-browser/1.0";

pub fn check(scene: &mut Scene, report: &mut Report) -> Result<()> {
    let guest = scene.guest()?;
    scene.await_one_filter(&guest, MARK)?;
    let bearer = format!("Bearer {}", guest.person.token);
    let ask = |path: &str, agent: &str| {
        let headers = [("authorization", bearer.as_str()), ("user-agent", agent)];
        scene.client.send("GET", path, &headers, None)
    };
    let pulled = ask(&guest.pull, BROWSER)?;
    let runs = !pulled.header(MARK).is_empty();
    report.expect(
        "your filter marks what it lets through",
        format!("a header {MARK}"),
        if runs {
            format!("a header {MARK}")
        } else {
            "none".to_owned()
        },
        "the sidecar has no filter of yours: compile my-filter, load my-filter",
    );
    report.expect(
        "ours decides beside it",
        "on",
        presence(&pulled),
        "your filter took the place of ours: it is to be the second extension, EnvoyExtensions[1]",
    );
    report.expect(
        "a browser may pull",
        200,
        pulled.status,
        "refuses(): it is to ask who the agent is",
    );
    let robot = ask(&guest.pull, ROBOT)?;
    report.expect(
        "a robot may not",
        403,
        robot.status,
        match (runs, robot.status) {
            (true, 200) => {
                "your filter runs, and no rule of it is asked, or it lets the robot pass"
            }
            _ => "refuses() in my-filter/src/rule.rs",
        },
    );
    let listing = format!("/t/{}/images", guest.person.name);
    report.expect(
        "a robot may look",
        200,
        ask(&listing, ROBOT)?.status,
        "the rule is to ask for the path as well: only pulls are refused",
    );
    report.expect(
        "your filter counts in the metric example_responses",
        true,
        scene.mesh.counted_by_filter("example_responses")? > 0,
        "define_metric and increment_metric in my-filter/src/lib.rs",
    );
    Ok(())
}
