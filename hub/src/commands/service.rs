//! `hub start|stop|restart SERVICE`.

use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::config::Config;
use crate::instance::Instance;
use crate::mesh::Mesh;
use crate::probe;
use crate::process::control::{self, Reply, Request, ServiceStatus};
use crate::terminal;

const TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug)]
pub enum Change {
    Start,
    Stop,
    Restart,
}

/// Changes one service, and waits until it listens or is gone.
///
/// # Errors
/// When there is no such service, or it does not come up.
pub fn run(config: &Config, port: u16, name: &str, change: Change) -> Result<()> {
    if config.remote.is_some() {
        bail!("this mesh is run by compose: use docker compose restart");
    }
    let instance = Instance::new(&config.root, port);
    if !instance.is_running() {
        bail!("nothing runs at port {port}: start it with hub up --port {port}");
    }
    let name_of = || name.to_owned();
    let request = match change {
        Change::Start => Request::Start(name_of()),
        Change::Stop => Request::Stop(name_of()),
        Change::Restart => Request::Restart(name_of()),
    };
    control::ask(&instance.dir, &request)?;
    if matches!(change, Change::Stop) {
        terminal::step(&format!("{name} is stopped"));
        return Ok(());
    }
    let listens_on = services(&instance)
        .into_iter()
        .find(|service| service.name == name);
    let listens_on = listens_on.map(|service| service.port);
    let start = Instant::now();
    while listens_on.is_some_and(|port| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err()) {
        if start.elapsed() > TIMEOUT {
            bail!(
                "{name} does not listen: see {}",
                instance.log(name).display()
            );
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let mesh = Mesh::find(config, port)?;
    while name == "consul" && !mesh.consul.is_ready() {
        if start.elapsed() > TIMEOUT {
            bail!(
                "Consul does not get ready: see {}",
                instance.log(name).display()
            );
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    if let Some(stopped) = stopped_on_purpose(&services(&instance)) {
        terminal::note(&format!("{stopped} is stopped, so the whole is not ready"));
    } else {
        probe::wait(|| probe::check_as_configured(&mesh), TIMEOUT, || None)?;
    }
    terminal::step(&format!("{name} runs"));
    Ok(())
}

/// The first service that somebody stopped: with it away the mesh cannot be ready. One that crashed
/// is on its way back, and worth waiting for.
fn stopped_on_purpose(services: &[ServiceStatus]) -> Option<&str> {
    let stopped = services.iter().find(|service| !service.wanted);
    stopped.map(|service| service.name.as_str())
}

fn services(instance: &Instance) -> Vec<ServiceStatus> {
    match control::ask(&instance.dir, &Request::Status) {
        Ok(Reply::Status { services, .. }) => services,
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str, pid: Option<u32>, wanted: bool) -> ServiceStatus {
        ServiceStatus {
            name: name.to_owned(),
            pid,
            wanted,
            port: 1,
            crashes: 0,
        }
    }

    #[test]
    fn only_what_was_stopped_on_purpose_excuses_a_mesh_that_is_not_ready() {
        let crashed = [
            service("app", Some(7), true),
            service("sidecar", None, true),
        ];
        assert_eq!(stopped_on_purpose(&crashed), None);
        let stopped = [
            service("app", None, false),
            service("sidecar", Some(8), true),
        ];
        assert_eq!(stopped_on_purpose(&stopped), Some("app"));
    }
}
