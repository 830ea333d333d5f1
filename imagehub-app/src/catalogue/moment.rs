//! Times as they are stored: milliseconds since the Unix epoch.

use time::OffsetDateTime;

use super::CatalogueError;

pub(super) fn to_millis(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

pub(super) fn from_millis(millis: i64) -> Result<OffsetDateTime, CatalogueError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .map_err(|_| CatalogueError::Damaged(format!("{millis} is no time")))
}

/// What is left of `window` after something that happened `at`; at least a second.
pub(super) fn left_of(
    window: std::time::Duration,
    at_millis: i64,
    now_millis: i64,
) -> std::time::Duration {
    let gone = u64::try_from(now_millis.saturating_sub(at_millis)).unwrap_or(0);
    window
        .saturating_sub(std::time::Duration::from_millis(gone))
        .max(std::time::Duration::from_secs(1))
}
