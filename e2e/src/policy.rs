//! Policies other than the shipped one, put in force as an operator does.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::client::unique;
use crate::mesh::{Mesh, shipped_policy};

/// The shipped policy with other pulls on plan personal, over a day: nothing comes back while a
/// test lasts, so that counts are exact.
///
/// # Errors
/// When the shipped policy has another shape.
pub fn pulls_a_day(user: u64, tenant: u64) -> Result<Value> {
    let mut policy = shipped_policy()?;
    let pull = &mut policy["plans"]["personal"]["pull"];
    ensure!(pull.is_object(), "plans.personal.pull is {pull}");
    *pull = json!({
        "user": {"count": user, "window_seconds": 86_400},
        "tenant": {"count": tenant, "window_seconds": 86_400},
    });
    Ok(policy)
}

/// The shipped policy with so many uploads of one user on plan personal in so many seconds.
///
/// # Errors
/// When the shipped policy has another shape.
pub fn uploads(count: u64, window_seconds: u64) -> Result<Value> {
    let mut policy = shipped_policy()?;
    let user = &mut policy["plans"]["personal"]["upload"]["user"];
    ensure!(user.is_object(), "plans.personal.upload.user is {user}");
    *user = json!({"count": count, "window_seconds": window_seconds});
    Ok(policy)
}

/// The shipped policy with so many uploads of everybody in a tenant on plan personal together, in
/// so many seconds.
///
/// # Errors
/// When the shipped policy has another shape.
pub fn uploads_together(count: u64, window_seconds: u64) -> Result<Value> {
    let mut policy = shipped_policy()?;
    let tenant = &mut policy["plans"]["personal"]["upload"]["tenant"];
    ensure!(
        tenant.is_object(),
        "plans.personal.upload.tenant is {tenant}"
    );
    *tenant = json!({"count": count, "window_seconds": window_seconds});
    Ok(policy)
}

/// The shipped policy with so many requests by share links in so many seconds.
///
/// # Errors
/// When the shipped policy has another shape.
pub fn shares(count: u64, window_seconds: u64) -> Result<Value> {
    let mut policy = shipped_policy()?;
    let share = &mut policy["anonymous"]["share"];
    ensure!(share.is_object(), "anonymous.share is {share}");
    let limit = json!({"count": count, "window_seconds": window_seconds});
    *share = limit.clone();
    share["link"] = limit;
    Ok(policy)
}

/// The shipped policy with room for so many bytes on plan personal.
///
/// # Errors
/// When the shipped policy has another shape.
pub fn room_for(bytes: u64) -> Result<Value> {
    let mut policy = shipped_policy()?;
    let room = &mut policy["storage_bytes"]["personal"];
    ensure!(room.is_u64(), "storage_bytes.personal is {room}");
    *room = bytes.into();
    Ok(policy)
}

/// A policy in a file that goes when this is dropped.
pub struct PolicyFile(PathBuf);

impl PolicyFile {
    /// Writes the policy to a file of its own.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(policy: &Value) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("{}.json", unique("policy")));
        std::fs::write(&path, serde_json::to_vec_pretty(policy)?)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }
}

impl Drop for PolicyFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// `hub policy apply`; afterwards another policy than before is in force.
///
/// # Errors
/// When it is refused, or the running policy is the same.
pub async fn apply(mesh: &Mesh, policy: &Value) -> Result<()> {
    let before = mesh.status().await?.filter.policy;
    let file = PolicyFile::write(policy)?;
    mesh.hub(&["policy", "apply", &file.path()]).await?;
    let after = mesh.status().await?.filter.policy;
    ensure!(
        after.is_some() && after != before,
        "the policy is {after:?}, as before"
    );
    Ok(())
}
