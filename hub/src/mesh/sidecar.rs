//! What the application's sidecar counts.

use anyhow::{Context as _, Result};

use super::Mesh;
use super::metrics::Metrics;

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

impl Sidecar {
    /// Whether a change that was told after `before` is in use; any, where that is not known.
    pub fn is_newer_than(self, before: Option<Self>) -> bool {
        self.warming == 0 && before.is_none_or(|before| self.updates != before.updates)
    }
}

impl Mesh {
    /// What the sidecar counts now.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn sidecar(&self) -> Result<Sidecar> {
        let metrics = self.metrics_of_sidecar("listener_manager|public_listener")?;
        Ok(Sidecar {
            updates: metrics.sum("envoy_listener_manager_listener_in_place_updated", "")
                + metrics.sum("envoy_listener_manager_listener_added", ""),
            warming: metrics.sum("envoy_listener_manager_total_listeners_warming", ""),
            failures: metrics.sum(
                "envoy_http_downstream_rq_xx",
                "envoy_response_code_class=\"5\"",
            ),
        })
    }

    /// How many answers of this status the application gave its sidecar.
    ///
    /// # Errors
    /// As [`Mesh::sidecar`].
    pub fn answered_by_application(&self, status: u16) -> Result<u64> {
        let label = format!("envoy_response_code=\"{status}\"");
        let metrics = self.metrics_of_sidecar("cluster.local_app.upstream_rq")?;
        Ok(metrics.sum("envoy_cluster_upstream_rq", &label))
    }

    /// For how many seconds the sidecar has run.
    ///
    /// # Errors
    /// As [`Mesh::sidecar`].
    pub fn sidecar_uptime(&self) -> Result<u64> {
        let metrics = self.metrics_of_sidecar("server.uptime")?;
        Ok(metrics.sum("envoy_server_uptime", ""))
    }

    /// What a filter counts in a metric of its own, over all workers.
    ///
    /// # Errors
    /// As [`Mesh::sidecar`].
    pub fn counted_by_filter(&self, name: &str) -> Result<u64> {
        Ok(self.metrics_of_sidecar(name)?.sum(name, ""))
    }

    fn metrics_of_sidecar(&self, filter: &str) -> Result<Metrics> {
        Metrics::at(&self.sidecar_metrics, filter).context("the sidecar")
    }
}
