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
        // A sidecar that is away is told of the change when it comes.
        let before = self.sidecar().ok();
        if change()? {
            let took_it_up = || {
                self.sidecar().is_ok_and(|now| {
                    now.warming == 0 && before.is_none_or(|before| now.updates != before.updates)
                })
            };
            while !took_it_up() {
                if Instant::now() > deadline {
                    bail!("the sidecar did not take it up in {} s", limit.as_secs());
                }
                std::thread::sleep(PAUSE);
            }
            self.renew_edge_connections()?;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        probe::wait(check, left, || None)
    }
}
