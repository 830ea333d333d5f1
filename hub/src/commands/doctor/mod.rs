//! `hub doctor`: what could be in the way, each with what to do.

mod workshop;

use std::process::Command;

use anyhow::{Result, bail};

use crate::config::Config;
use crate::instance::{Instance, hub_dir};
use crate::mesh::Mesh;
use crate::ports::{Ports, obstacle};
use crate::probe::{self, Expected};
use crate::process::spawn::free_bytes;
use crate::tools::{ALL, Tool, Toolbox, wasm};
use crate::{build, explain, subnet, terminal};

const BYTES_NEEDED: u64 = 6 << 30;

/// One thing looked at.
enum Finding {
    Good(String),
    /// Not in the way, but worth knowing.
    Note(String),
    /// In the way: what, and what to do.
    Problem(String),
}

/// Looks at everything and prints what it found.
///
/// # Errors
/// When something is in the way.
pub fn run(config: &Config, port: u16, for_workshop: bool) -> Result<()> {
    let mut findings = Vec::new();
    if for_workshop {
        findings.extend(workshop::findings(config));
    }
    if config.remote.is_none() {
        findings.extend(tools(config));
        findings.push(disk(config));
        findings.push(writable(config));
        findings.extend(ports(config, port));
        findings.push(subnet(&config.net));
    }
    findings.extend(mesh(config, port));
    let mut problems = 0_u32;
    for finding in &findings {
        let (mark, line) = match finding {
            Finding::Good(line) => ("ok  ", line),
            Finding::Note(line) => ("note", line),
            Finding::Problem(line) => {
                problems += 1;
                ("BAD ", line)
            }
        };
        terminal::result(&format!("{mark}  {line}"));
    }
    if problems > 0 {
        bail!("{problems} of {} findings are in the way", findings.len());
    }
    Ok(())
}

fn tools(config: &Config) -> Vec<Finding> {
    let toolbox = Toolbox::new(config);
    let mut findings: Vec<Finding> = ALL
        .into_iter()
        .map(|tool| match (toolbox.find(tool), got_with(tool)) {
            (Some(program), _) => {
                Finding::Good(format!("{}: {}", tool.program(), program.display()))
            }
            (None, &[]) => missing(tool),
            (None, programs) if programs.iter().any(|program| runs(program)) => missing(tool),
            (None, programs) => Finding::Problem(format!(
                "{} is missing, and so is {} to get it: {}",
                tool.program(),
                programs.join(" or "),
                tool.by_hand()
            )),
        })
        .collect();
    findings.push(match wasm::find(&toolbox) {
        Some(_) => Finding::Good("a toolchain for WebAssembly".to_owned()),
        None => Finding::Note(
            "no toolchain for WebAssembly yet; when the filter is built: adding it by rustup, some seconds, or by apt-get, about 70 seconds".to_owned(),
        ),
    });
    findings.push(match build::is_app_built(config) {
        true => Finding::Good("the application was compiled before".to_owned()),
        false => Finding::Note(format!(
            "the application is not compiled yet; when it is needed: {}",
            build::APP
        )),
    });
    findings
}

fn missing(tool: Tool) -> Finding {
    Finding::Note(format!(
        "{} is not there yet; when it is needed: {}",
        tool.program(),
        tool.how()
    ))
}

/// What a tool is got with: any of these will do.
fn got_with(tool: Tool) -> &'static [&'static str] {
    match tool {
        Tool::Consul => &["curl", "go"],
        Tool::Envoy => &["python3"],
        Tool::Redis | Tool::Chromium | Tool::Chromedriver => &["apt-get"],
        // A test or a measurement wants these; no mesh does.
        Tool::AxeCore | Tool::Vips | Tool::Nginx | Tool::Wrk | Tool::S3 | Tool::Promtool => &[],
    }
}

fn runs(program: &str) -> bool {
    let argument = if program == "go" {
        "version"
    } else {
        "--version"
    };
    Command::new(program)
        .arg(argument)
        .output()
        .is_ok_and(|output| output.status.success())
}

fn disk(config: &Config) -> Finding {
    match free_bytes(&config.root) {
        Some(free) => room(free, build::is_app_built(config)),
        None => Finding::Note("cannot tell how much space is free".to_owned()),
    }
}

/// Whether so many free bytes are enough for what is still to be written.
fn room(free: u64, is_built: bool) -> Finding {
    const GB: u64 = 1 << 30;
    let (needed, what) = match is_built {
        true => (GB, "pictures and logs need"),
        false => (BYTES_NEEDED, "a first build needs"),
    };
    match free {
        _ if free >= needed => Finding::Good(format!("{} GB free", free / GB)),
        _ => Finding::Problem(format!(
            "{} GB are free where the checkout is, {what} {}: free some space",
            free / GB,
            needed / GB
        )),
    }
}

fn writable(config: &Config) -> Finding {
    let folder = hub_dir(&config.root);
    let file = folder.join("doctor");
    let tried = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&file, ""))
        .and_then(|()| std::fs::remove_file(&file));
    match tried {
        Ok(()) => Finding::Good(format!("{} can be written", folder.display())),
        Err(error) => {
            let error =
                anyhow::Error::from(error).context(format!("cannot write {}", folder.display()));
            Finding::Problem(explain::one_line(&error))
        }
    }
}

fn ports(config: &Config, port: u16) -> Vec<Finding> {
    if Instance::new(&config.root, port).is_running() {
        return Vec::new();
    }
    let known = Ports::kept(&hub_dir(&config.root), port).ok().flatten();
    let known = known.or_else(|| Ports::documented(port));
    let all = known.map_or_else(|| vec![(port, "the edge")], |ports| ports.all(true));
    let taken: Vec<Finding> = all
        .into_iter()
        .filter_map(|(port, purpose)| {
            let obstacle = obstacle(port)?;
            Some(Finding::Problem(format!(
                "port {port} ({purpose}) {obstacle}"
            )))
        })
        .collect();
    if taken.is_empty() {
        return vec![Finding::Good(format!(
            "the ports of instance {port} are free"
        ))];
    }
    taken
}

/// Not in the way of this tool's own mesh, but of compose's.
fn subnet(net: &str) -> Finding {
    match subnet::taken_by(net) {
        Some(interface) => Finding::Note(format!(
            "{net}.0/24, which compose wants for its network, is in use by {interface}: if that is \
             not compose's own, set IMAGEHUB_NET to the first three numbers of a free one, such as \
             IMAGEHUB_NET=10.214.90"
        )),
        None => Finding::Good(format!("{net}.0/24 is free for compose's network")),
    }
}

fn mesh(config: &Config, port: u16) -> Vec<Finding> {
    let Ok(mesh) = Mesh::find(config, port) else {
        return vec![Finding::Note(format!(
            "nothing runs at port {port}: start it with hub up"
        ))];
    };
    let restart = |service: &str| match &config.remote {
        Some(_) => format!("docker compose restart {service}"),
        None => format!("hub restart {service} --port {port}"),
    };
    let mut findings = Vec::new();
    if !mesh.consul.is_ready() {
        findings.push(Finding::Problem(format!(
            "Consul is away or cannot answer yet: see its log, then {} (users notice nothing meanwhile)",
            restart("consul")
        )));
    }
    let on = mesh.module().map_or(true, |module| module.is_some());
    if !on {
        findings.push(Finding::Note("the filter is off: hub filter on".to_owned()));
    }
    if mesh.applied_mark.exists() {
        findings.push(Finding::Note(
            "a policy of your own is in force: hub policy apply consul/policy.json goes back"
                .to_owned(),
        ));
    }
    let policy = mesh.policy_hash().unwrap_or_default();
    let expected = if on {
        Expected::FilterOn { policy }
    } else {
        Expected::FilterOff
    };
    if config.remote.is_none() {
        findings.extend(deaths(&Instance::new(&config.root, port)));
    }
    findings.push(match probe::check(&mesh, &expected) {
        Ok(()) => Finding::Good(format!("{} is ready", mesh.url)),
        Err(error) => Finding::Problem(format!(
            "{} is not ready: {}; see the logs of application, sidecar and edge, or restart one, as in {}",
            mesh.url,
            explain::one_line(&error),
            restart("app")
        )),
    });
    findings
}

/// What the sidecar's log says of virtual machines that ended.
fn deaths(instance: &Instance) -> Option<Finding> {
    let log = instance.log("sidecar");
    let text = std::fs::read_to_string(&log).ok()?;
    let last = text
        .lines()
        .rfind(|line| line.contains("wasm_vm.cc") && line.contains("failed:"))?;
    Some(Finding::Note(format!(
        "the filter failed since hub up, and this is a bug; {} says at last: {last}",
        log.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_first_build_needs_room_for_one() {
        const GB: u64 = 1 << 30;
        assert!(matches!(room(4 * GB, false), Finding::Problem(_)));
        assert!(matches!(room(4 * GB, true), Finding::Good(_)));
        assert!(matches!(room(GB / 2, true), Finding::Problem(_)));
    }
}
