//! Whether the filter's VM lives in every worker of the application's sidecar.

use anyhow::{Context, Result, ensure};

use crate::load;
use crate::logs::Mark;
use crate::mesh::Mesh;

const CONNECTIONS_PER_WORKER: usize = 8;

impl Mesh {
    /// Checks that every worker's filter answers, and that none of their VMs ever failed.
    ///
    /// # Errors
    /// When any answer is not the filter's own 401, or the sidecar's log tells of a failure.
    pub async fn assert_filter_alive(&self) -> Result<()> {
        let client = self.client().with_fresh_connections();
        let connections = self.started().workers * CONNECTIONS_PER_WORKER;
        // Together: one after the other they would all travel on the one connection that the edge
        // keeps to the sidecar, and see one worker.
        load::burst(connections, 1, move |_| {
            let client = client.clone();
            async move {
                let answer = client.get("/api/v1/me").await?.expect(401)?;
                answer.header("x-imagehub-filter")?;
                Ok(answer)
            }
        })
        .await
        .context("the filter does not answer in every worker")?;
        let failures: Vec<String> = self
            .logs()
            .lines_since(&Mark::default(), "sidecar")
            .into_iter()
            .filter(|line| tells_of_failure(line))
            .collect();
        ensure!(
            failures.is_empty(),
            "the filter's VM failed {} times: {:#?}",
            failures.len(),
            &failures[..failures.len().min(5)]
        );
        Ok(())
    }
}

/// Whether a line of Envoy's log says that a VM cannot go on: what the runtime reports of an
/// uncaught exception, or a panic's last words.
fn tells_of_failure(line: &str) -> bool {
    [
        "wasm_vm.cc",
        "[error][wasm]",
        "[critical][wasm]",
        "panicked at",
    ]
    .iter()
    .any(|sign| line.contains(sign))
}
