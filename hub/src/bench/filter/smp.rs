//! The run through the mesh in the documents of the Service Mesh Performance specification: test, mesh,
//! environment, and a result for each side.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use humantime::format_rfc3339;
use serde_json::{Value, json};

use super::Size;
use super::mesh::Side;
use crate::config::Config;
use crate::instance::write_whole;
use crate::process::usage::processor;
use crate::terminal;

/// The specification's version whose protocol buffers the documents follow.
const VERSION: &str = "v0.6.1";
const TEST: &str = "imagehub-listing";
const MESH: &str = "imagehub-mesh";
const ENVIRONMENT: &str = "imagehub-machine";

/// Writes the documents and has them parsed.
///
/// # Errors
/// When they cannot be written, or are not what the specification takes.
pub fn write(config: &Config, folder: &Path, sides: &[Side], size: Size) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let put = |name: &str, document: &Value| {
        write_whole(
            &folder.join(format!("{name}.json")),
            &serde_json::to_vec_pretty(document)?,
        )
    };
    put("test", &test(size))?;
    put("environment", &environment()?)?;
    for side in sides {
        put(
            &format!("mesh-filter-{}", side.filter),
            &mesh(side, size.mesh_rate),
        )?;
        put(&format!("result-filter-{}", side.filter), &result(side))?;
    }
    check(config, folder)
}

fn test(size: Size) -> Value {
    json!({
        "smp_version": VERSION,
        "id": TEST,
        "name": "a gallery's listing through edge and sidecar",
        "duration": format!("{}s", size.mesh_seconds),
        "clients": [{
            "internal": false,
            "load_generator": "hub bench filter",
            "protocol": "PROTOCOL_HTTP",
            "connections": 8,
            "rps": size.mesh_rate,
            "endpoint_urls": ["http://127.0.0.1:28080/t/bench/images?limit=1"]
        }]
    })
}

fn mesh_id(side: &Side) -> String {
    format!("{MESH}-filter-{}", side.filter)
}

fn mesh(side: &Side, rate: u32) -> Value {
    let millicores = side.cpu.median * f64::from(rate) / 1000.0;
    json!({
        "smp_version": VERSION,
        "id": mesh_id(side),
        "labels": {"filter": side.filter},
        "mesh_type": {"type": "CONSUL", "version": "1.21.0"},
        "proxy_build": "envoy 1.40.0",
        "proxy_concurrency": 2,
        "mtls_enabled": true,
        "mesh_policy_enabled": side.filter == "on",
        "sidecar": {
            "count": 1,
            "cpu_mcores": millicores.round() as u32,
            "mem_mb": (side.resident * 1.048_576).round() as u32,
            "rps": rate
        },
        "application_metadata": {
            "application_name": "imagehub",
            "application_version": env!("CARGO_PKG_VERSION"),
            "application_protocol": "PROTOCOL_HTTP"
        }
    })
}

fn environment() -> Result<Value> {
    let memory = std::fs::read_to_string("/proc/meminfo")?;
    let kib: u64 = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.split_whitespace().next())
        .context("the kernel tells no memory")?
        .parse()?;
    Ok(json!({
        "smp_version": VERSION,
        "id": ENVIRONMENT,
        "nodes": [{
            "type": processor().unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            "cores": std::thread::available_parallelism()?.get(),
            "mem_mb": kib * 1024 / 1_000_000
        }]
    }))
}

fn result(side: &Side) -> Value {
    let quantile = |part| side.latencies.quantile(part);
    let seconds = side
        .end
        .duration_since(side.start)
        .unwrap_or(Duration::ZERO);
    json!({
        "smp_version": VERSION,
        "id": format!("{TEST}-filter-{}", side.filter),
        "labels": {"filter": side.filter},
        "start_time": format_rfc3339(side.start).to_string(),
        "end_time": format_rfc3339(side.end).to_string(),
        "latencies_ms": {
            "min": quantile(0.0), "average": side.latencies.average(), "p50": quantile(0.5),
            "p90": quantile(0.9), "p99": quantile(0.99), "max": quantile(1.0)
        },
        "actual_qps": side.latencies.count() as f64 / seconds.as_secs_f64(),
        "test_id": TEST,
        "mesh_config_id": mesh_id(side),
        "env_id": ENVIRONMENT
    })
}

/// The specification's own types read them, and refuse what they do not know.
fn check(config: &Config, folder: &Path) -> Result<()> {
    terminal::step("checking the documents of Service Mesh Performance");
    let status = Command::new("go")
        .args(["run", "."])
        .arg(folder)
        .current_dir(config.root.join("hub/smp"))
        .status()
        .context("Go is needed to check the documents of Service Mesh Performance")?;
    ensure!(status.success(), "the documents are refused");
    Ok(())
}
