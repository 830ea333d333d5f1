//! Lab 3: loaded, with another policy, and nothing restarted.

use anyhow::Result;

use super::{Scene, presence};
use crate::lab::report::Report;

const PULLS: usize = 30;
const WANTED: &str = r#""user";q=20;w=60, "tenant";q=100;w=60"#;

pub fn check(scene: &mut Scene, report: &mut Report) -> Result<()> {
    let guest = scene.guest()?;
    let first = scene.get(&guest.pull, &guest)?;
    report.expect(
        "the filter is on",
        "on",
        presence(&first),
        "hub filter status",
    );
    let limits = first.header("ratelimit-policy");
    report.expect(
        "it says that a user on plan personal may pull twenty times a minute",
        WANTED,
        limits,
        match limits {
            r#""user";q=10;w=60, "tenant";q=100;w=60"# => {
                "this is the policy as it is shipped: hub policy apply"
            }
            r#""user";q=10;w=60, "tenant";q=20;w=60"# => {
                "the tenant's limit was changed, not the user's"
            }
            _ => "plans.personal.pull in the policy in force",
        },
    );
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
