//! Lab 8: a request that would end the filter's virtual machine is one like any other.

use anyhow::Result;

use super::Scene;
use crate::lab::report::Report;
use crate::mesh::entries::{self, APP};
use crate::probe;

/// More than there are workers, each on a connection of its own.
const ATTEMPTS: usize = 16;

pub fn check(scene: &Scene, report: &mut Report) -> Result<()> {
    let mut served = 0;
    for _ in 0..ATTEMPTS {
        let answer = scene
            .client
            .send("GET", "/healthz", &[("x-imagehub-trap", "1")], None)?;
        served += usize::from(answer.status == 200);
    }
    let filter = match scene.mesh.module()? {
        Some(_) => "on",
        None => "off",
    };
    report.expect(
        "the filter is on",
        "on",
        filter,
        "there is no filter any more: nothing breaks, and nobody counts",
    );
    if let Some(entry) = scene.mesh.consul.entry("service-defaults", APP)?
        && entries::module_in(&entry).is_some()
    {
        report.expect(
            "whom a dead filter cannot check is refused",
            "required",
            if entries::is_required(&entry) {
                "required"
            } else {
                "not required"
            },
            "the filter is not required: dead, it would let everything pass",
        );
    }
    report.expect(
        "the request that ended a virtual machine is answered, by every worker",
        format!("{ATTEMPTS} answered 200"),
        format!("{served} answered 200"),
        "the module that ends is still there: new virtual machines of it end as well",
    );
    let dead = probe::ask_every_worker(&scene.mesh)?;
    let dead = dead.iter().filter(|answer| answer.is_of_a_dead_filter());
    report.expect(
        "no worker has a dead virtual machine",
        0,
        dead.count(),
        "hub filter reload, or wait for the watch, some seconds",
    );
    Ok(())
}
