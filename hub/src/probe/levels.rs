//! How full the limits are, as the filter counts.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use imagehub_policy::{BucketLevel, EXPLAIN_PATH, Policy, Question};

use super::{token, version_and_policy};
use crate::consul::http_agent;
use crate::mesh::Mesh;

/// Asks the filter how full the buckets are that a request would spend from. Nothing is spent.
///
/// # Errors
/// Why the filter cannot be asked, or by which other policy it counts.
pub fn ask(mesh: &Mesh, policy: &Policy, question: &Question) -> Result<Vec<BucketLevel>> {
    let token = token::operator(&mesh.keys, policy.issuer(), question)?;
    let token = token.context("the application's key is not here to sign the question with")?;
    let mut answer = http_agent(Duration::from_secs(4))
        .get(format!("{}{EXPLAIN_PATH}", mesh.edge))
        .header("accept", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .call()
        .with_context(|| format!("the edge at {} does not answer", mesh.edge))?;
    let header = answer.headers().get("x-imagehub-filter");
    let header = header.and_then(|value| value.to_str().ok());
    let Some((_, found)) = header.and_then(version_and_policy) else {
        bail!("the filter is off, or does not answer");
    };
    if found != policy.hash() {
        bail!("the filter has policy {found}, not {}", policy.hash());
    }
    if answer.status() != 200 {
        bail!("the filter answers {}", answer.status().as_u16());
    }
    let levels = answer.body_mut().read_to_string()?;
    serde_json::from_str(&levels).context("the filter's answer cannot be read")
}
