//! What an Envoy counts, as its metrics listener tells Prometheus.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::consul::http_agent;

/// An Envoy's metrics.
pub struct Metrics(String);

impl Metrics {
    /// Those at `address` whose names match the regular expression `filter`.
    ///
    /// # Errors
    /// When the Envoy does not answer.
    pub fn at(address: &str, filter: &str) -> Result<Self> {
        let mut answer = http_agent(Duration::from_secs(2))
            .get(format!("{address}/metrics?usedonly&filter={filter}"))
            .call()
            .with_context(|| format!("the metrics at {address} do not answer"))?;
        if answer.status() != 200 {
            bail!("{address} answers {} to /metrics", answer.status());
        }
        Ok(Self(answer.body_mut().read_to_string()?))
    }

    /// The sum of the metrics of this name that have this label.
    pub fn sum(&self, name: &str, label: &str) -> u64 {
        self.0
            .lines()
            .filter(|line| {
                line.strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('{'))
                    && line.contains(label)
            })
            .filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok())
            .sum()
    }
}
