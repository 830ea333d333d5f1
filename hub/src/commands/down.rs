//! `hub down`: nothing of the instance is left running.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::config::Config;
use crate::instance::Instance;
use crate::process::control::{self, Request};
use crate::terminal;

/// Longer than every service's own patience together.
const TIMEOUT: Duration = Duration::from_secs(150);

/// Ends an instance; one that does not run is fine.
///
/// # Errors
/// When it does not end.
pub fn run(config: &Config, port: u16) -> Result<()> {
    if config.remote.is_some() {
        bail!("this mesh is run by compose: use docker compose down");
    }
    let instance = Instance::new(&config.root, port);
    if !instance.is_running() {
        terminal::step(&format!("nothing runs at port {port}"));
        return Ok(());
    }
    end(&instance)?;
    terminal::step(&format!("the instance at port {port} is down"));
    Ok(())
}

/// Asks the supervisor to end and waits until its lock is free.
///
/// # Errors
/// When it does not end.
pub fn end(instance: &Instance) -> Result<()> {
    let start = Instant::now();
    let mut asked = false;
    while instance.is_running() {
        if !asked {
            // One that has just started does not listen yet.
            asked = control::ask(&instance.dir, &Request::Down).is_ok();
        }
        if start.elapsed() > TIMEOUT {
            bail!(
                "the supervisor of port {} does not end: see {}",
                instance.port,
                instance.log("supervisor").display()
            );
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
