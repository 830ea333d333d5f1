//! Lab 9: another module in the filter's place, and no request has failed.

use anyhow::{Context as _, Result};

use super::{AS_SHIPPED, Scene};
use crate::lab::report::Report;

pub fn check(scene: &mut Scene, report: &mut Report) -> Result<()> {
    let guest = scene.guest()?;
    let pulled = scene.get(&guest.pull, &guest)?;
    let modules = scene.seat.modules.as_ref();
    let modules = modules.context("what is kept of the lab names no modules: start it again")?;
    let running = scene.mesh.module()?;
    report.expect(
        "the mended module runs",
        modules.mended.display(),
        match &running {
            Some(module) => module.display().to_string(),
            None => "none".to_owned(),
        },
        match &running {
            None => "there is no filter at all: hub filter status",
            Some(module) if *module == modules.next => {
                "this is the colleague's first module: $NEXT_MODULE, not $MENDED_MODULE"
            }
            Some(_) => "this is the module that the lab began with: hub filter on FILE",
        },
    );
    report.expect(
        "somebody new pulls, and is told how many are left",
        format!("200, {AS_SHIPPED}"),
        format!("{}, {}", pulled.status, pulled.header("ratelimit-policy")),
        "the header RateLimit-Policy of a pull",
    );
    report.expect(
        "no request has failed since the lab began",
        0,
        scene
            .mesh
            .sidecar()?
            .failures
            .saturating_sub(scene.seat.failures),
        "the sidecar's access log: status 5xx",
    );
    scene.expect_same_sidecar(
        report,
        "the sidecar was restarted: a module is changed while it runs",
    )
}
