//! The published signing keys' part of the catalogue.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Result;
use crate::domain::timestamp::milliseconds;

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

/// The public keys of the processes that sign tokens.
#[async_trait]
pub trait SigningKeys {
    /// Publishes a process's public key, or prolongs it: `listed_until` and `last_use` only grow.
    /// Keys that were listed until before its last use are forgotten.
    async fn publish_key(&self, key: &PublishedKey) -> Result<()>;

    /// The published keys that are still to be listed at `now`.
    async fn live_keys(&self, now: OffsetDateTime) -> Result<Vec<PublishedKey>>;
}
