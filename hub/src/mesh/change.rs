//! A change of the filter, from what Consul is told to what every worker answers.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::Mesh;
use crate::probe;

const PAUSE: Duration = Duration::from_millis(50);

impl Mesh {
    /// Tells Consul of a change and waits until it is in force: the sidecar took it up, the edge
    /// keeps no connection to what was there before, and `check` finds nothing missing. `change`
    /// returns whether there was anything to tell.
    ///
    /// # Errors
    /// When Consul refuses, or the change is not in force in time.
    pub fn put_in_force(
        &self,
        change: impl FnOnce() -> Result<bool>,
        check: impl Fn() -> Result<()>,
        limit: Duration,
    ) -> Result<()> {
        let deadline = Instant::now() + limit;
        // An Envoy that is away is told of the change when it comes.
        let sidecar = self.sidecar().ok();
        if change()? {
            wait_for("the sidecar", deadline, || {
                self.sidecar().is_ok_and(|now| now.is_newer_than(sidecar))
            })?;
            let edge = self.edge_clusters();
            self.renew_edge_connections()?;
            if let Ok(edge) = edge {
                wait_for("the edge", deadline, || {
                    self.edge_clusters()
                        .is_ok_and(|now| now.are_newer_than(edge))
                })?;
            }
        }
        let left = deadline.saturating_duration_since(Instant::now());
        probe::wait(check, left, || None)
    }
}

/// Waits until an Envoy has taken up a change.
fn wait_for(envoy: &str, deadline: Instant, took_it_up: impl Fn() -> bool) -> Result<()> {
    while !took_it_up() {
        if Instant::now() > deadline {
            bail!("{envoy} did not take the change up in time");
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}
