//! Lab 6: a burst over all workers admits what the limit says, and not one more.

use anyhow::Result;

use super::Scene;
use crate::lab::report::Report;

const BURST: usize = 64;

pub fn check(scene: &mut Scene, report: &mut Report) -> Result<()> {
    let guest = scene.guest()?;
    scene.await_one_filter(&guest, "x-imagehub-filter")?;
    let answers = scene.client.at_once(BURST, &guest.pull, &guest.person)?;
    let passed = answers.iter().filter(|answer| answer.status == 200).count();
    let answer = scene.get(&guest.pull, &guest)?;
    let look = match answer.header("x-imagehub-filter") {
        "" => "there is no filter: nobody counts at all",
        name if name.starts_with("racy") => {
            "x-imagehub-filter: the racy filter is still there; hub filter on puts in ours"
        }
        _ => "plans.personal.pull in the policy in force",
    };
    report.expect(
        "of 64 pulls at one time, exactly ten pass",
        10,
        passed,
        look,
    );
    report.expect(
        "and the next one is refused",
        429,
        answer.status,
        "the header RateLimit",
    );
    Ok(())
}
