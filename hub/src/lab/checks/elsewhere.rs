//! Lab 11: the filter in an Envoy of the attendee's own.

use anyhow::Result;

use super::{Scene, presence};
use crate::lab::client::Client;
use crate::lab::report::Report;

const ENVOY: &str = "http://127.0.0.1:10000";
const PULLS: usize = 25;
const WANTED: &str = r#""user";q=20;w=60, "tenant";q=100;w=60"#;

pub fn check(scene: &mut Scene, report: &mut Report) -> Result<()> {
    let guest = scene.guest()?;
    let envoy = Client::at(ENVOY);
    let Ok(first) = envoy.get(&guest.pull, Some(&guest.person)) else {
        report.expect(
            "your Envoy answers",
            "an answer",
            "none",
            "nothing listens at localhost:10000: run_envoy mine; mine/envoy.log says why it ended",
        );
        return Ok(());
    };
    report.expect(
        "your Envoy has the filter",
        "on",
        presence(&first),
        "this Envoy has no filter: http_filters in mine/envoy.yaml",
    );
    let limits = first.header("ratelimit-policy");
    report.expect(
        "it says that a user on plan personal may pull twenty times a minute",
        WANTED,
        limits,
        match limits {
            r#""user";q=10;w=60, "tenant";q=100;w=60"# => {
                "its policy is the one that is shipped: configuration in mine/envoy.yaml"
            }
            r#""user";q=10;w=60, "tenant";q=20;w=60"# => {
                "the tenant's limit was changed, not the user's"
            }
            _ => "configuration in mine/envoy.yaml, and mine/envoy.log",
        },
    );
    let passed = 1 + envoy.passed(PULLS - 1, &guest.pull, &guest.person)?;
    report.expect(
        "of twenty-five pulls of somebody new, twenty pass",
        20,
        passed,
        "the header RateLimit of each answer",
    );
    let in_mesh = scene.get(&guest.pull, &guest)?;
    report.expect(
        "the mesh has the policy that it had",
        r#""user";q=10;w=60, "tenant";q=100;w=60"#,
        in_mesh.header("ratelimit-policy"),
        "hub policy apply changed the mesh: this lab does not need it",
    );
    Ok(())
}
