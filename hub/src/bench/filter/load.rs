//! Load by wrk, from another core than Envoy's.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::parts::{Parts, Who};
use crate::bench::envoy::Envoy;
use crate::process::spawn::on_core;

/// What came of a load.
pub struct Load {
    pub requests: f64,
    pub seconds: f64,
    /// Time on processors that Envoy spent on it.
    pub cpu: Duration,
}

impl Load {
    pub fn cpu_micros_a_request(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.requests
    }

    pub fn requests_a_second(&self) -> f64 {
        self.requests / self.seconds
    }
}

/// Sends somebody's requests for so long, and checks how they were answered. `sent` of them were before: their
/// tokens go on from there.
///
/// # Errors
/// When wrk fails, or answers are not what they have to be.
pub fn send(
    parts: &Parts<'_>,
    envoy: &Envoy,
    who: Who,
    sent: f64,
    seconds: u32,
    connections: u32,
) -> Result<Load> {
    let mut wrk = on_core(1, &parts.wrk);
    wrk.args(["--threads", "1", "--connections", &connections.to_string()])
        .arg("--duration")
        .arg(format!("{seconds}s"))
        .arg("--script")
        .arg(&parts.script)
        .arg(envoy.url(&who.path()))
        .arg("--")
        .arg(parts.tokens(who))
        .arg(sent.to_string());
    let before = envoy.processor_time()?;
    let output = wrk.output().context("cannot run wrk")?;
    let cpu = envoy.processor_time()?.saturating_sub(before);
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success() && !text.contains("Socket errors"),
        "wrk: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let (requests, seconds) = requests_in(&text).context("wrk tells no number of requests")?;
    let refused = refused_in(&text);
    let as_expected = match who {
        Who::Few | Who::New => refused == 0.0,
        Who::Nobody => refused == requests,
        // What drains meanwhile is admitted.
        Who::Over => refused >= 0.9 * requests,
    };
    ensure!(
        requests > 0.0 && as_expected,
        "{who:?}: {refused} of {requests} requests were refused"
    );
    Ok(Load {
        requests,
        seconds,
        cpu,
    })
}

/// "  1234 requests in 2.00s, 1.00MB read"
fn requests_in(text: &str) -> Option<(f64, f64)> {
    let line = text.lines().find(|line| line.contains(" requests in "))?;
    let (requests, rest) = line.trim().split_once(" requests in ")?;
    let (seconds, _) = rest.split_once("s,")?;
    Some((requests.parse().ok()?, seconds.parse().ok()?))
}

/// "  Non-2xx or 3xx responses: 1234"
fn refused_in(text: &str) -> f64 {
    text.lines()
        .find_map(|line| line.trim().strip_prefix("Non-2xx or 3xx responses: "))
        .and_then(|number| number.parse().ok())
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_prints_is_read() {
        let text = "Running 1s test\n  4000 requests in 1.10s, 1.0MB read\n  Non-2xx or 3xx responses: 7\n";
        assert_eq!(requests_in(text), Some((4000.0, 1.1)));
        assert_eq!(refused_in(text), 7.0);
        assert_eq!(refused_in("  4000 requests in 1.10s\n"), 0.0);
    }
}
