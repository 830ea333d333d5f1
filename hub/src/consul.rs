//! Consul's HTTP API, as far as this tool needs it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// What a leader answers to a write of intentions until it has gone over those it found.
const UPGRADING: &str = "read only while being upgraded";
const UPGRADE: Duration = Duration::from_secs(15);

/// A client of one Consul.
#[derive(Clone)]
pub struct Consul {
    base: String,
    agent: ureq::Agent,
}

impl Consul {
    /// `base` without a slash at its end, e.g. `http://127.0.0.1:8500`.
    pub fn at(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            agent: http_agent(Duration::from_secs(5)),
        }
    }

    /// Whether it answers and has a leader, which it needs to accept a write.
    pub fn is_ready(&self) -> bool {
        let Ok(mut answer) = self
            .agent
            .get(format!("{}/v1/status/leader", self.base))
            .call()
        else {
            return false;
        };
        answer.status() == 200
            && answer
                .body_mut()
                .read_to_string()
                .is_ok_and(|leader| leader.contains(':'))
    }

    /// Writes one config entry. A new leader takes no intentions for a moment: that is waited for.
    ///
    /// # Errors
    /// When Consul is away or refuses the entry; the message has its reason.
    pub fn write_entry(&self, entry: &Value) -> Result<()> {
        let start = Instant::now();
        loop {
            match self.try_to_write(entry) {
                Err(error)
                    if start.elapsed() < UPGRADE && format!("{error:#}").contains(UPGRADING) =>
                {
                    std::thread::sleep(Duration::from_millis(50));
                }
                outcome => return outcome,
            }
        }
    }

    fn try_to_write(&self, entry: &Value) -> Result<()> {
        let name = format!(
            "{} {}",
            entry.get("Kind").and_then(Value::as_str).unwrap_or("?"),
            entry.get("Name").and_then(Value::as_str).unwrap_or("")
        );
        let mut answer = self
            .agent
            .put(format!("{}/v1/config", self.base))
            .content_type("application/json")
            .send(entry.to_string())
            .with_context(|| self.away())?;
        if answer.status() != 200 {
            let reason = answer.body_mut().read_to_string().unwrap_or_default();
            bail!(
                "Consul refuses the config entry {}: {}",
                name.trim(),
                reason.trim()
            );
        }
        Ok(())
    }

    /// Reads one config entry; `None` when there is none.
    ///
    /// # Errors
    /// When Consul is away or answers something else.
    pub fn entry(&self, kind: &str, name: &str) -> Result<Option<Value>> {
        let mut answer = self
            .agent
            .get(format!("{}/v1/config/{kind}/{name}", self.base))
            .call()
            .with_context(|| self.away())?;
        match answer.status().as_u16() {
            404 => Ok(None),
            200 => {
                let text = answer
                    .body_mut()
                    .read_to_string()
                    .context("Consul's answer broke off")?;
                Ok(Some(
                    serde_json::from_str(&text).context("Consul's answer is no JSON")?,
                ))
            }
            status => bail!("Consul answers {status} to a read of {kind}/{name}"),
        }
    }

    fn away(&self) -> String {
        format!("Consul at {} does not answer", self.base)
    }
}

/// A client that uses each connection once, no proxy, and takes every status as an answer.
pub fn http_agent(timeout: Duration) -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(timeout))
        .max_idle_connections(0)
        .max_redirects(0)
        .proxy(None)
        .build()
        .new_agent()
}
