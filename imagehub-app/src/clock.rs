//! The time, for the policy crate, which has no clock of its own.

use std::time::{SystemTime, UNIX_EPOCH};

use imagehub_policy::Timestamp;

/// Now.
pub fn now() -> Timestamp {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_nanos(u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX))
}
