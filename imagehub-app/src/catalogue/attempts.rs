//! The log-in attempts' part of the catalogue.

use std::time::Duration;

use async_trait::async_trait;
use imagehub_policy::Username;
use time::OffsetDateTime;

use super::Result;
use crate::domain::random_id;

/// What attempts are counted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptSubject {
    /// A user name, whether or not somebody has it.
    User(Username),
    /// A user name, from a client's address.
    UserAt(Username, String),
    /// A client's address, as the limiter groups addresses (IPv6 by /64).
    Address(String),
}

impl AttemptSubject {
    pub(super) fn as_key(&self) -> String {
        match self {
            Self::User(name) => format!("user:{name}"),
            Self::UserAt(name, address) => format!("user:{name}@{address}"),
            Self::Address(address) => format!("address:{address}"),
        }
    }
}

/// How many failures, in how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptLimit {
    /// Failures allowed in any interval of `window`.
    pub failures: u32,
    /// The interval.
    pub window: Duration,
}

impl AttemptLimit {
    /// Ten failures a user name and address in 15 minutes.
    pub const PER_USER_AT_ADDRESS: AttemptLimit = AttemptLimit {
        failures: 10,
        window: Duration::from_secs(15 * 60),
    };
    /// A hundred failures a user name in 15 minutes: more than one stranger, who shall not lock
    /// the user out.
    pub const PER_USER: AttemptLimit = AttemptLimit {
        failures: 100,
        window: Duration::from_secs(15 * 60),
    };
    /// A hundred failures an address in 15 minutes: many people may share one address.
    pub const PER_ADDRESS: AttemptLimit = AttemptLimit {
        failures: 100,
        window: Duration::from_secs(15 * 60),
    };
}

/// A counted attempt, to be taken back when it turns out well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptId(pub(super) String);

impl AttemptId {
    pub(super) fn random() -> Self {
        Self(random_id())
    }
}

/// Whether an attempt may be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// It may, and counts as failed until it is forgiven.
    Admitted(AttemptId),
    /// Too many failures lately.
    Refused {
        /// Until one of them is forgotten; at least a second.
        retry_after: Duration,
    },
}

/// Log-in attempts, counted so that they can be limited.
#[async_trait]
pub trait Attempts {
    /// Counts one attempt as failed *before* it is judged, so that parallel guesses cannot slip
    /// past the limit; an attempt that turns out well is taken back with
    /// [`Self::release_attempt`]. A refused attempt is not counted.
    async fn begin_attempt(
        &self,
        subject: &AttemptSubject,
        limit: AttemptLimit,
        now: OffsetDateTime,
    ) -> Result<AttemptOutcome>;

    /// Takes one counted attempt back.
    async fn release_attempt(&self, subject: &AttemptSubject, attempt: &AttemptId) -> Result<()>;
}
