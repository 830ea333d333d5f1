//! The connections that the edge keeps to the application's sidecar.
//!
//! Each goes on through the filter it was opened to, a dead one too. An Envoy drops the idle ones of
//! a cluster, and lets what is in flight finish, when the cluster changes: a connect timeout that is
//! a millisecond longer is such a change.

use anyhow::Result;
use serde_json::{Value, json};

use super::Mesh;
use super::entries::APP;
use super::metrics::Metrics;

const KIND: &str = "service-resolver";
/// What Consul takes where nobody says.
const CONNECT_TIMEOUT_MS: u64 = 5000;

/// What the edge counts of its clusters.
#[derive(Clone, Copy, Debug)]
pub struct EdgeClusters {
    /// Clusters, and changes of one, that it was told of.
    updates: u64,
    /// Those among them that are not in use yet.
    warming: u64,
}

impl EdgeClusters {
    /// Whether a change that was told after `before` is in use.
    pub fn are_newer_than(self, before: Self) -> bool {
        self.warming == 0 && self.updates != before.updates
    }
}

impl Mesh {
    /// Tells Consul of such a change. The edge opens new connections once it has taken it up.
    ///
    /// # Errors
    /// When Consul refuses.
    pub fn renew_edge_connections(&self) -> Result<()> {
        self.consul
            .change_entry(KIND, APP, |current| {
                Ok(Some(json!({
                    "Kind": KIND,
                    "Name": APP,
                    "ConnectTimeout": format!("{}ms", another_timeout(current)),
                })))
            })
            .map(|_| ())
    }

    /// What the edge counts now.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn edge_clusters(&self) -> Result<EdgeClusters> {
        let metrics = Metrics::at(&self.edge_metrics, "cluster_manager")?;
        Ok(EdgeClusters {
            updates: metrics.sum("envoy_cluster_manager_cluster_modified", "")
                + metrics.sum("envoy_cluster_manager_cluster_added", ""),
            warming: metrics.sum("envoy_cluster_manager_warming_clusters", ""),
        })
    }
}

fn another_timeout(current: Option<&Value>) -> u64 {
    // Consul writes such a time as `5.042s`.
    let now = current
        .and_then(|entry| entry.get("ConnectTimeout")?.as_str()?.strip_suffix('s'))
        .and_then(|seconds| seconds.parse::<f64>().ok())
        .map_or(CONNECT_TIMEOUT_MS, |seconds| {
            (seconds * 1000.0).round() as u64
        });
    CONNECT_TIMEOUT_MS + (now + 1) % 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_is_another_one_and_none_is_much_longer() {
        let mut entry = json!({});
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..1000 {
            let timeout = another_timeout(Some(&entry));
            assert!((5000..6000).contains(&timeout));
            assert!(seen.insert(timeout), "{timeout} again");
            entry = json!({ "ConnectTimeout": format!("{}s", timeout as f64 / 1000.0) });
        }
    }
}
