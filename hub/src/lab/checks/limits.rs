//! Lab 5: another limit, first tried out, then in force.

use std::time::Duration;

use anyhow::Result;

use super::Scene;
use crate::lab::report::Report;

const WANTED: &str = r#""user";q=5;w=10, "tenant";q=100;w=60"#;

pub fn check(scene: &mut Scene, report: &mut Report) -> Result<()> {
    let guest = scene.guest()?;
    let first = scene.get(&guest.pull, &guest)?;
    let limits = first.header("ratelimit-policy").to_owned();
    let look = if limits.starts_with(r#""user";q=5;w=60"#) {
        "the count is right, the window is not: window_seconds"
    } else {
        "plans.personal.pull.user in the policy in force"
    };
    report.expect(
        "a user on plan personal may pull five times in ten seconds",
        WANTED,
        &limits,
        look,
    );
    let passed = 1 + scene.client.passed(9, &guest.pull, &guest.person)?;
    let refused = scene.get(&guest.pull, &guest)?;
    let shadow = refused.header("x-imagehub-filter").contains("would-refuse");
    report.expect(
        "of ten pulls at once five pass",
        5,
        passed,
        if shadow {
            "the rule is still in shadow: it says would-refuse, and lets everything pass"
        } else {
            "the header RateLimit of each answer"
        },
    );
    let wait: u64 = refused.header("retry-after").parse().unwrap_or(0);
    report.expect(
        "the next one is told to wait two seconds, or a second more",
        true,
        (2..=3).contains(&wait),
        format!("Retry-After: it says {wait}"),
    );
    if (2..=3).contains(&wait) {
        // What the answer asks for: that it is enough is what is checked.
        std::thread::sleep(Duration::from_secs(wait));
        let again = scene.get(&guest.pull, &guest)?;
        report.expect(
            "who waits as long as that passes",
            200,
            again.status,
            "the clocks of this machine and of the sidecar's",
        );
    }
    Ok(())
}
