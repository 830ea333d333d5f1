//! Requests a second, by wrk, from another core than the server's.

use anyhow::{Context as _, Result, ensure};

use super::Size;
use super::programs::{Programs, on_core};

/// Requests a second that `url` answers.
///
/// # Errors
/// When wrk fails or any answer is an error.
pub fn requests_a_second(
    programs: &Programs,
    size: Size,
    url: &str,
    headers: &[&str],
) -> Result<f64> {
    let mut wrk = on_core(1, &programs.wrk);
    wrk.args(["--threads", "1", "--connections", "16", "--duration"])
        .arg(format!("{}s", size.seconds));
    for header in headers {
        wrk.args(["--header", header]);
    }
    let output = wrk.arg(url).output().context("cannot run wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success() && !text.contains("Non-2xx"),
        "{url}: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text.lines()
        .find_map(|line| line.trim().strip_prefix("Requests/sec:"))
        .context("wrk tells no rate")?
        .trim()
        .parse()
        .context("wrk's rate is no number")
}
