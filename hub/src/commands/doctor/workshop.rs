//! What a machine needs to be one of a workshop's.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use super::Finding;
use crate::config::Config;

/// The mesh, a browser and what else a laptop runs.
const MEMORY_NEEDED: u64 = 2 << 30;
/// The first whose BuildKit builds by default.
const DOCKER: &str = "23";
const COMPOSE: &str = "2";
const IMAGES: [&str; 7] = ["app", "hub", "consul", "proxy", "redis", "compile", "bench"];

/// Looks at everything that only a workshop needs.
pub fn findings(config: &Config) -> Vec<Finding> {
    let mut findings = vec![memory(), architecture(), clock(&config.root)];
    findings.extend(["bash", "curl", "jq"].map(program));
    findings.extend(docker());
    findings
}

fn memory() -> Finding {
    let available = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("MemAvailable:"))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    });
    match available.map(|kilobytes| kilobytes << 10) {
        None => Finding::Note("cannot tell how much memory is free: 2 GB are needed".to_owned()),
        Some(free) if free < MEMORY_NEEDED => Finding::Problem(format!(
            "{} MB of memory are free, 2 GB are needed: close some programs",
            free >> 20
        )),
        Some(free) => Finding::Good(format!("{} MB of memory free", free >> 20)),
    }
}

fn architecture() -> Finding {
    match std::env::consts::ARCH {
        known @ ("x86_64" | "aarch64") => Finding::Good(format!("a processor of type {known}")),
        other => Finding::Problem(format!(
            "there is no Envoy for processors of type {other}: sit beside somebody else"
        )),
    }
}

/// Nobody to ask is certain to be there; but nothing in the checkout is from tomorrow.
fn clock(root: &Path) -> Finding {
    let written = fs::metadata(root.join("Cargo.lock")).and_then(|file| file.modified());
    match written {
        Ok(written) if written > SystemTime::now() => Finding::Problem(
            "the clock is behind the checkout's files, and tokens live for an hour: set it (timedatectl set-ntp true)".to_owned(),
        ),
        _ => Finding::Good("the clock is not behind the checkout".to_owned()),
    }
}

fn program(name: &str) -> Finding {
    match said(&[name, "--version"]) {
        Some(_) => Finding::Good(format!("{name} is there")),
        None => Finding::Problem(format!(
            "{name} is missing: install it (Debian: apt-get install {name})"
        )),
    }
}

fn docker() -> Vec<Finding> {
    if said(&["docker", "--version"]).is_none() {
        return vec![Finding::Note(
            "there is no Docker: the labs run by cargo hub, without it".to_owned(),
        )];
    }
    let Some(engine) = said(&["docker", "version", "--format", "{{.Server.Version}}"]) else {
        return vec![Finding::Note(
            "Docker's engine does not answer: start it, or use cargo hub without it".to_owned(),
        )];
    };
    let mut findings = vec![
        at_least("Docker's engine", &engine, DOCKER),
        match said(&["docker", "compose", "version", "--short"]) {
            Some(compose) => at_least("docker compose", &compose, COMPOSE),
            None => Finding::Problem(
                "docker compose is missing: install Docker's compose plugin".to_owned(),
            ),
        },
    ];
    let missing: Vec<&str> = IMAGES
        .into_iter()
        .filter(|name| said(&["docker", "image", "inspect", &format!("imagehub/{name}")]).is_none())
        .collect();
    findings.push(match missing.as_slice() {
        [] => Finding::Good("the images are there".to_owned()),
        missing => Finding::Problem(format!(
            "the images imagehub/{{{}}} are missing: docker compose build, or docker load of another machine's",
            missing.join(",")
        )),
    });
    findings
}

/// Compares the first number.
fn at_least(what: &str, found: &str, wanted: &str) -> Finding {
    let major = |text: &str| -> u32 {
        let text = text.trim_start_matches('v');
        text.split('.')
            .next()
            .and_then(|number| number.parse().ok())
            .unwrap_or(0)
    };
    if major(found) < major(wanted) {
        return Finding::Problem(format!("{what} is {found}: install {wanted} or later"));
    }
    Finding::Good(format!("{what} {found}"))
}

/// What a command prints; `None` where it is not there or fails.
fn said(command: &[&str]) -> Option<String> {
    let (program, arguments) = command.split_first()?;
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(matches!(at_least("it", "v2.39.1", "2"), Finding::Good(_)));
        assert!(matches!(at_least("it", "100.0.0", "23"), Finding::Good(_)));
        assert!(matches!(
            at_least("it", "20.10.24", "23"),
            Finding::Problem(_)
        ));
    }
}
