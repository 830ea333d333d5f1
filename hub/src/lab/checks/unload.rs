//! Lab 3: loaded, with another policy, and nothing restarted.

use anyhow::Result;

use super::{AS_SHIPPED, Scene, presence};
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
    let limits = first.header("ratelimit-policy");
    report.expect(
        "it says that a tenant on plan personal may pull six times a minute, and each user ten times",
        r#""user";q=10;w=60, "tenant";q=6;w=60"#,
        limits,
        match limits {
            AS_SHIPPED => "this is the policy as it is shipped: hub policy apply",
            r#""user";q=6;w=60, "tenant";q=100;w=60"# => {
                "the user's limit was changed, not the tenant's"
            }
            _ => "plans.personal.pull: hub policy show",
        },
    );
    let passed = 1 + scene.client.passed(PULLS - 1, &guest.pull, &guest.person)?;
    report.expect(
        "of thirty pulls of somebody new, six pass",
        6,
        passed,
        "the header RateLimit of each answer",
    );
    scene.expect_same_sidecar(
        report,
        "the sidecar was restarted, and its counters are gone: nothing of this needs it",
    )
}
