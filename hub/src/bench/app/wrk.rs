//! What a request costs a server, under load by wrk from another core than the server's.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::Size;
use super::programs::Programs;
use super::server::Server;
use crate::process::spawn::on_core;

/// Processor time that the servers spend on one request to `url`. On one core its inverse is the
/// rate, whatever else the machine does and however fast wrk is.
///
/// # Errors
/// When wrk fails or any answer is an error.
pub fn time_a_request(
    programs: &Programs,
    size: Size,
    servers: &[&Server],
    url: &str,
    headers: &[&str],
) -> Result<f64> {
    time_requests(programs, size, 16, servers, url, headers)
}

/// The same of so many clients.
///
/// # Errors
/// As above.
pub fn time_requests(
    programs: &Programs,
    size: Size,
    clients: u32,
    servers: &[&Server],
    url: &str,
    headers: &[&str],
) -> Result<f64> {
    let mut wrk = on_core(1, &programs.wrk);
    wrk.args(["--threads", "1", "--connections", &clients.to_string()])
        .arg("--duration")
        .arg(format!("{}s", size.seconds));
    for header in headers {
        wrk.args(["--header", header]);
    }
    let before = time_of(servers)?;
    let output = wrk.arg(url).output().context("cannot run wrk")?;
    let spent = time_of(servers)?.saturating_sub(before);
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success() && !text.contains("Non-2xx") && !text.contains("Socket errors"),
        "{url}: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let requests: f64 = text
        .lines()
        .find_map(|line| line.trim().split_once(" requests in "))
        .context("wrk tells no number of requests")?
        .0
        .parse()
        .context("wrk's number of requests is none")?;
    ensure!(requests > 0.0, "{url}: no request was answered");
    Ok(spent.as_secs_f64() / requests)
}

fn time_of(servers: &[&Server]) -> Result<Duration> {
    servers.iter().map(|server| server.processor_time()).sum()
}
