//! The time.

use imagehub_policy::Timestamp;

/// The machine's clock.
#[cfg(not(feature = "test-clock"))]
pub fn now() -> Timestamp {
    use std::time::{SystemTime, UNIX_EPOCH};
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = elapsed.map_or(0, |elapsed| elapsed.as_nanos());
    Timestamp::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// The moment of the decision cases.
#[cfg(feature = "test-clock")]
pub fn now() -> Timestamp {
    imagehub_policy::test_support::NOW
}
