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
        Ok(counted(
            &self.sidecar_metrics("listener_manager|public_listener")?,
        ))
    }

    /// How many answers of this status the application gave its sidecar.
    ///
    /// # Errors
    /// As [`Mesh::sidecar`].
    pub fn answered_by_application(&self, status: u16) -> Result<u64> {
        Ok(sum(
            &self.sidecar_metrics("cluster.local_app.upstream_rq")?,
            "envoy_cluster_upstream_rq{",
            &format!("envoy_response_code=\"{status}\""),
        ))
    }

    /// For how many seconds the sidecar has run.
    ///
    /// # Errors
    /// As [`Mesh::sidecar`].
    pub fn sidecar_uptime(&self) -> Result<u64> {
        let metrics = self.sidecar_metrics("server.uptime")?;
        Ok(sum(&metrics, "envoy_server_uptime{", ""))
    }

    /// Its metrics whose names contain what the filter says.
    fn sidecar_metrics(&self, filter: &str) -> Result<String> {
        let address = &self.sidecar_metrics;
        let mut answer = http_agent(Duration::from_secs(2))
            .get(format!("{address}/metrics?usedonly&filter={filter}"))
            .call()
            .with_context(|| format!("the sidecar's metrics at {address} do not answer"))?;
        if answer.status() != 200 {
            bail!("the sidecar answers {} to /metrics", answer.status());
        }
        Ok(answer.body_mut().read_to_string()?)
    }
}

/// The sum of what has this name and label.
fn sum(metrics: &str, name: &str, label: &str) -> u64 {
    metrics
        .lines()
        .filter(|line| line.starts_with(name) && line.contains(label))
        .filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok())
        .sum()
}

fn counted(metrics: &str) -> Sidecar {
    let sum = |name: &str, label: &str| sum(metrics, name, label);
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
