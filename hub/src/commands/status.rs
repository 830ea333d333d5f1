//! `hub status`.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde::Serialize;

use crate::config::Config;
use crate::instance::{Instance, hub_dir};
use crate::mesh::Mesh;
use crate::ports::{DEFAULT_EDGE, Ports};
use crate::probe::{self, Expected};
use crate::process::control::{self, Reply, Request, ServiceStatus};
use crate::{terminal, watch};

#[derive(Serialize)]
struct Status {
    ready: bool,
    url: Option<String>,
    workers: u16,
    filter: FilterStatus,
    ports: BTreeMap<&'static str, u16>,
    /// Whether Consul answers: without it the mesh goes on, but nothing can be changed.
    consul: bool,
    services: BTreeMap<String, Service>,
    /// What is missing, when not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<String>,
}

#[derive(Serialize)]
struct FilterStatus {
    on: bool,
    version: Option<String>,
    policy: Option<String>,
    /// Whether a virtual machine of it died: its worker answers 503.
    dead: bool,
    /// How often the watch put new ones in place; `None` where no watch answers.
    heals: Option<u64>,
}

#[derive(Serialize)]
struct Service {
    running: bool,
    pid: Option<u32>,
    crashes: u32,
}

/// Prints the state of an instance.
///
/// # Errors
/// When it is not ready: the exit code says so too.
pub fn run(config: &Config, port: u16, json: bool) -> Result<()> {
    let status = gather(config, port)?;
    if json {
        terminal::result(&serde_json::to_string(&status)?);
    } else {
        print(&status, port);
    }
    if !status.ready {
        bail!(status.missing.unwrap_or_else(|| "not ready".to_owned()));
    }
    Ok(())
}

fn gather(config: &Config, port: u16) -> Result<Status> {
    // In compose the documented ports are the ports.
    let edge = if config.remote.is_some() {
        DEFAULT_EDGE
    } else {
        port
    };
    let kept = Ports::kept(&hub_dir(&config.root), edge)?;
    let ports = kept.or_else(|| Ports::documented(edge));
    let mut status = Status {
        ready: false,
        url: None,
        workers: 0,
        filter: FilterStatus {
            on: false,
            version: None,
            policy: None,
            dead: false,
            heals: None,
        },
        ports: ports.as_ref().map(shown_ports).unwrap_or_default(),
        consul: false,
        services: services(config, port),
        missing: None,
    };
    let mesh = match Mesh::find(config, port) {
        Ok(mesh) => mesh,
        Err(error) => {
            status.missing = Some(error.to_string());
            return Ok(status);
        }
    };
    status.url = Some(mesh.url.clone());
    status.workers = mesh.workers;
    status.consul = mesh.consul.is_ready();
    let answers = probe::ask_every_worker(&mesh);
    status.filter = filter(&mesh, answers.as_deref().unwrap_or_default());
    let policy = mesh.policy_hash()?;
    // Asked of Consul while it is there: a filter that does not answer is not a filter that is off.
    let on = mesh
        .module()
        .map_or(status.filter.on, |module| module.is_some());
    status.filter.on = on;
    let expected = if on {
        Expected::FilterOn { policy }
    } else {
        Expected::FilterOff
    };
    match answers.and_then(|answers| probe::judge(&mesh, &answers, &expected)) {
        Ok(()) => status.ready = true,
        Err(error) => status.missing = Some(crate::explain::one_line(&error)),
    }
    Ok(status)
}

/// What the answers of every worker tell of the filter.
fn filter(mesh: &Mesh, answers: &[probe::Answer]) -> FilterStatus {
    let marks = answers.iter().filter_map(|answer| answer.filter.as_deref());
    let mark = marks.filter_map(probe::version_and_policy).next();
    FilterStatus {
        on: mark.is_some(),
        version: mark.map(|(version, _)| version.to_owned()),
        policy: mark.map(|(_, policy)| policy.to_owned()),
        dead: answers.iter().any(probe::Answer::is_of_a_dead_filter),
        heals: watch::metrics::heals(mesh),
    }
}

fn shown_ports(ports: &Ports) -> BTreeMap<&'static str, u16> {
    BTreeMap::from([
        ("edge", ports.edge),
        ("consul", ports.consul),
        ("app", ports.app),
        ("app_admin", ports.app_admin),
        ("edge_admin", ports.edge_admin),
        ("app_metrics", ports.app_metrics),
        ("sidecar_metrics", ports.sidecar_metrics),
        ("edge_metrics", ports.edge_metrics),
        ("watch_metrics", ports.watch_metrics),
    ])
}

fn services(config: &Config, port: u16) -> BTreeMap<String, Service> {
    let instance = Instance::new(&config.root, port);
    let Ok(Reply::Status { services, .. }) = control::ask(&instance.dir, &Request::Status) else {
        return BTreeMap::new();
    };
    services
        .into_iter()
        .map(
            |ServiceStatus {
                 name, pid, crashes, ..
             }| {
                (
                    name,
                    Service {
                        running: pid.is_some(),
                        pid,
                        crashes,
                    },
                )
            },
        )
        .collect()
}

fn print(status: &Status, port: u16) {
    terminal::result(&format!(
        "ready    {}",
        if status.ready { "yes" } else { "no" }
    ));
    if let Some(url) = &status.url {
        terminal::result(&format!("url      {url}"));
        terminal::result(&format!("workers  {}", status.workers));
        terminal::result(&format!("filter   {}", filter_line(&status.filter)));
        let consul = if status.consul {
            "answers"
        } else {
            "away: users notice nothing, but nothing can be changed until it is back"
        };
        terminal::result(&format!("consul   {consul}"));
    }
    for (name, service) in &status.services {
        let state = service
            .pid
            .map_or_else(|| "stopped".to_owned(), |pid| format!("pid {pid}"));
        let crashes = match service.crashes {
            0 => String::new(),
            count => format!(", ended unasked {count} times (hub restarted it)"),
        };
        terminal::result(&format!("{name:<14} {state}{crashes}"));
    }
    if status.services.is_empty() && status.url.is_none() {
        terminal::result(&format!("nothing runs at port {port}"));
    }
}

fn filter_line(filter: &FilterStatus) -> String {
    if !filter.on {
        return "off: no limits, no early answers (hub filter on)".to_owned();
    }
    let state = match (&filter.version, &filter.policy) {
        _ if filter.dead => "on, but a virtual machine of it died".to_owned(),
        (Some(version), Some(policy)) => format!("on, version {version}, policy {policy}"),
        _ => "on, but it does not answer".to_owned(),
    };
    match filter.heals {
        None => format!("{state}; nothing watches it"),
        Some(0) => state,
        Some(count) => format!("{state}, healed {count} times"),
    }
}
