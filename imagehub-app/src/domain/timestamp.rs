//! Times as they are kept: milliseconds since the Unix epoch.

use time::OffsetDateTime;

use super::FieldError;

pub(crate) fn to_millis(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

pub(crate) fn from_millis(millis: i64) -> Result<OffsetDateTime, FieldError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .map_err(|_| FieldError("no time"))
}

/// What is left of `window` after something that happened `at`; at least a second.
pub(crate) fn left_of(
    window: std::time::Duration,
    at_millis: i64,
    now_millis: i64,
) -> std::time::Duration {
    let gone = u64::try_from(now_millis.saturating_sub(at_millis)).unwrap_or(0);
    window
        .saturating_sub(std::time::Duration::from_millis(gone))
        .max(std::time::Duration::from_secs(1))
}

/// A time in JSON, as [`to_millis`] writes it.
pub(crate) mod milliseconds {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};
    use time::OffsetDateTime;

    pub fn serialize<S: Serializer>(time: &OffsetDateTime, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(super::to_millis(*time))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<OffsetDateTime, D::Error> {
        super::from_millis(i64::deserialize(from)?).map_err(D::Error::custom)
    }

    /// A time that may be none.
    pub mod option {
        use serde::de::Error as _;
        use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};
        use time::OffsetDateTime;

        use super::super::{from_millis, to_millis};

        pub fn serialize<S: Serializer>(
            time: &Option<OffsetDateTime>,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            time.map(to_millis).serialize(to)
        }

        pub fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Option<OffsetDateTime>, D::Error> {
            let millis = Option::<i64>::deserialize(from)?;
            millis
                .map(from_millis)
                .transpose()
                .map_err(D::Error::custom)
        }
    }
}
