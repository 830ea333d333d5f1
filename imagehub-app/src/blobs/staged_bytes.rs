//! What uploads under way take of the disk.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use imagehub_policy::TenantId;

/// Bytes of each tenant that are staged by uploads under way: they are on disk, and not recorded yet.
#[derive(Debug, Default)]
pub struct StagedBytes(Mutex<HashMap<TenantId, u64>>);

impl StagedBytes {
    /// All of them, for a change.
    pub fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
