//! Lab 11: the filter in an Envoy of the attendee's own.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{AS_SHIPPED, Scene, presence};
use crate::config::Config;
use crate::lab::client::Client;
use crate::lab::report::Report;
use crate::lab::seat::now;

const PORT: u16 = 10_000;
const ADMIN_PORT: u16 = 10_001;
const PULLS: usize = 25;

pub fn check(scene: &mut Scene, config: &Config, report: &mut Report) -> Result<()> {
    // Asked from a container, it is one too.
    let host = config.remote.as_ref().map_or("127.0.0.1", |_| "envoy");
    let guest = scene.guest()?;
    let envoy = Client::at(&format!("http://{host}:{PORT}"));
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
        "your Envoy was started in this lab",
        true,
        started(&Client::at(&format!("http://{host}:{ADMIN_PORT}")))? >= scene.seat.since,
        "it is one of an earlier lab: run_envoy mine starts it anew",
    );
    report.expect(
        "your Envoy has the filter",
        "on",
        presence(&first),
        "this Envoy has no filter: http_filters in mine/envoy.yaml",
    );
    let limits = first.header("ratelimit-policy");
    report.expect(
        "it says that a user on plan personal may pull twenty times a minute",
        r#""user";q=20;w=60, "tenant";q=100;w=60"#,
        limits,
        match limits {
            AS_SHIPPED => "this is the policy as it is shipped: configuration in mine/envoy.yaml",
            r#""user";q=10;w=60, "tenant";q=20;w=60"# => {
                "the tenant's limit was changed, not the user's"
            }
            _ => "plans.personal.pull: configuration in mine/envoy.yaml",
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
        AS_SHIPPED,
        in_mesh.header("ratelimit-policy"),
        "hub policy apply changed the mesh: this lab does not need it",
    );
    Ok(())
}

/// When the Envoy was started, in seconds since 1970.
fn started(admin: &Client) -> Result<u64> {
    let info = admin.get("/server_info", None)?.json();
    let uptime = info.get("uptime_all_epochs").and_then(Value::as_str);
    let seconds = uptime.and_then(|text| text.strip_suffix('s')?.parse::<u64>().ok());
    let seconds = seconds.context("the admin at localhost:10001 does not say how long it runs")?;
    Ok(now()?.saturating_sub(seconds))
}
