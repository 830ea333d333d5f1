//! The watch over the filter: it runs as long as the mesh does, and puts new virtual machines in
//! place of those that died. Consul cannot tell Envoy to do so.

mod backoff;
mod log;
pub mod metrics;

use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use self::backoff::Backoff;
pub use self::log::Log;
use self::metrics::Counters;
use crate::explain::one_line;
use crate::mesh::Mesh;
use crate::probe;

const TICK: Duration = Duration::from_secs(1);
/// How often every worker is asked when nothing speaks for a fault: each request is a line in the
/// logs of both Envoys.
const ROUND: Duration = Duration::from_secs(30);
/// How long new virtual machines may take to answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What a look at the filter tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Alive,
    /// This many of the answers came from a dead virtual machine.
    Dead(usize),
    /// It is off, or cannot be seen.
    Unknown,
}

/// Watches until the process ends.
///
/// # Errors
/// When the metrics' address cannot be had.
pub fn run(mesh: &Mesh, metrics: SocketAddr, log: Log) -> Result<()> {
    let counters = Arc::new(Counters::default());
    metrics::serve(metrics, Arc::clone(&counters))?;
    let mut watch = Watch {
        mesh,
        log,
        counters,
        backoff: Backoff::default(),
        last: Look::Unknown,
        failures: None,
        asked: None,
    };
    watch.log.info("watching the filter");
    loop {
        watch.tick();
        std::thread::sleep(TICK);
    }
}

struct Watch<'a> {
    mesh: &'a Mesh,
    log: Log,
    counters: Arc<Counters>,
    backoff: Backoff,
    last: Look,
    /// What the sidecar had counted when every worker was last asked, and when that was.
    failures: Option<u64>,
    asked: Option<Instant>,
}

impl Watch<'_> {
    fn tick(&mut self) {
        let look = self.look();
        let now = Instant::now();
        self.counters.set_dead(matches!(look, Look::Dead(_)));
        match look {
            Look::Alive => self.backoff.is_alive(now),
            Look::Dead(count) => {
                if !matches!(self.last, Look::Dead(_)) {
                    let line = format!("a virtual machine of the filter died ({count} answers)");
                    self.log.error(&line);
                }
                // Without Consul nothing can be changed: that is no attempt.
                if self.backoff.may_heal(now) && self.mesh.consul.is_ready() {
                    self.heal();
                }
            }
            Look::Unknown => {}
        }
        self.last = look;
    }

    /// Asks every worker if the sidecar counted failures since the last time, or that was long ago.
    fn look(&mut self) -> Look {
        let Ok(sidecar) = self.mesh.sidecar() else {
            return Look::Unknown;
        };
        let is_calm = self.last == Look::Alive
            && self.failures == Some(sidecar.failures)
            && self.asked.is_some_and(|asked| asked.elapsed() < ROUND);
        if is_calm {
            return Look::Alive;
        }
        let Ok(answers) = probe::ask_every_worker(self.mesh) else {
            return Look::Unknown;
        };
        self.asked = Some(Instant::now());
        self.failures = Some(sidecar.failures);
        let dead = answers.iter().filter(|a| a.is_of_a_dead_filter()).count();
        if dead > 0 {
            return Look::Dead(dead);
        }
        if answers.iter().all(|answer| answer.filter.is_some()) {
            return Look::Alive;
        }
        Look::Unknown
    }

    fn heal(&mut self) {
        let start = Instant::now();
        let outcome = reload(self.mesh, || probe::check_alive(self.mesh), TIMEOUT);
        let pause = self.backoff.healed(Instant::now());
        match outcome {
            Ok(true) => {
                self.counters.healed();
                self.counters.set_dead(false);
                let took = start.elapsed().as_secs_f32();
                self.log.warn(&format!(
                    "the filter has new virtual machines, in {took:.1} s; again, not before {} s",
                    pause.as_secs()
                ));
            }
            // Switched off meanwhile, on purpose.
            Ok(false) => {}
            Err(error) => self.log.error(&format!(
                "the filter could not be healed: {}; again, not before {} s",
                one_line(&error),
                pause.as_secs()
            )),
        }
    }
}

/// Puts new virtual machines in place and waits until `check` finds nothing missing. Returns false
/// when the filter is off.
///
/// # Errors
/// When Consul is away, or the new ones do not answer in time.
pub fn reload(mesh: &Mesh, check: impl Fn() -> Result<()>, limit: Duration) -> Result<bool> {
    let is_on = Cell::new(false);
    let change = || {
        is_on.set(mesh.filter_reload()?);
        Ok(is_on.get())
    };
    mesh.put_in_force(change, || if is_on.get() { check() } else { Ok(()) }, limit)?;
    Ok(is_on.get())
}
