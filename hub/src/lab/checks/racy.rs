//! Lab 6: a burst over all workers admits what the limit says, and not one more.

use anyhow::Result;

use super::{Guest, Scene};
use crate::lab::report::Report;

const BURST: usize = 64;
const ADMITTED: usize = 10;
/// A counter that races may be right by chance, but not so often.
const BURSTS: usize = 3;

pub fn check(scene: &mut Scene, report: &mut Report) -> Result<()> {
    let mut guest = scene.guest()?;
    scene.await_one_filter(&guest, "x-imagehub-filter")?;
    let mut passed = burst(scene, &guest)?;
    for _ in 1..BURSTS {
        if passed != ADMITTED {
            break;
        }
        guest = scene.guest()?;
        passed = burst(scene, &guest)?;
    }
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
        ADMITTED,
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

/// How many of so many pulls at one time pass.
fn burst(scene: &Scene, guest: &Guest) -> Result<usize> {
    let answers = scene.client.at_once(BURST, &guest.pull, &guest.person)?;
    Ok(answers.iter().filter(|answer| answer.status == 200).count())
}
