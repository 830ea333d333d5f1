//! What the application's sidecar counts, from its metrics.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::Mesh;
use crate::consul::http_agent;

/// Some of its counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sidecar {
    /// Listeners, and changes of one, that it was told of: another filter, another policy.
    pub updates: u64,
    /// Those among them that do not serve yet.
    pub warming: u64,
    /// Answers of class 5xx, its own and the application's.
    pub failures: u64,
}

impl Mesh {
    /// What the sidecar counts now.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn sidecar(&self) -> Result<Sidecar> {
        let address = &self.sidecar_metrics;
        let mut answer = http_agent(Duration::from_secs(2))
            .get(format!(
                "{address}/metrics?usedonly&filter=listener_manager|public_listener"
            ))
            .call()
            .with_context(|| format!("the sidecar's metrics at {address} do not answer"))?;
        if answer.status() != 200 {
            bail!("the sidecar answers {} to /metrics", answer.status());
        }
        Ok(counted(&answer.body_mut().read_to_string()?))
    }
}

fn counted(metrics: &str) -> Sidecar {
    let sum = |name: &str, label: &str| {
        metrics
            .lines()
            .filter(|line| line.starts_with(name) && line.contains(label))
            .filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok())
            .sum()
    };
    Sidecar {
        updates: sum("envoy_listener_manager_listener_in_place_updated{", "")
            + sum("envoy_listener_manager_listener_added{", ""),
        warming: sum("envoy_listener_manager_total_listeners_warming{", ""),
        failures: sum(
            "envoy_http_downstream_rq_xx{",
            "envoy_response_code_class=\"5\"",
        ),
    }
}
