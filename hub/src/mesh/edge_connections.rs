//! The connections that the edge keeps to the application's sidecar.
//!
//! Each goes on through the filter it was opened to, a dead one too. An Envoy drops the idle ones of
//! a cluster, and lets what is in flight finish, when the cluster changes: a connect timeout that is
//! a millisecond longer is such a change.

use anyhow::Result;
use serde_json::{Value, json};

use super::Mesh;
use super::entries::APP;

const KIND: &str = "service-resolver";
/// What Consul takes where nobody says.
const CONNECT_TIMEOUT_MS: u64 = 5000;

impl Mesh {
    /// Makes the edge open new connections for whatever comes next.
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
