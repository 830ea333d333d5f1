//! Records that guard sessions: log-in attempts and published signing keys.

use std::time::Duration;

use imagehub_policy::Username;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::domain::random_id;
use crate::domain::timestamp::milliseconds;

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

/// A public key that tokens in circulation may be signed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedKey {
    /// The key's id: its JWK thumbprint (RFC 7638).
    pub kid: String,
    /// The Ed25519 public key.
    pub public_key: [u8; 32],
    /// When it was last known to sign.
    #[serde(with = "milliseconds")]
    pub last_use: OffsetDateTime,
    /// Until when a token signed with it may be valid, and so the key must be listed.
    #[serde(with = "milliseconds")]
    pub listed_until: OffsetDateTime,
}
