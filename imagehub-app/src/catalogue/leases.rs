//! The catalogue's id, and who does what one process does for all.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::Result;
use crate::domain::{FieldError, is_hexadecimal, random_id};

/// Tells catalogues apart: the folder of its blobs is named by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueId(String);

impl CatalogueId {
    /// A new id: 128 random bits in lower-case hexadecimal.
    pub fn random() -> Self {
        Self(random_id())
    }

    /// Reads an id.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        if text.len() == 32 && is_hexadecimal(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FieldError("not a catalogue's id"))
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Work that one process does for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// Removing what was deleted a week ago.
    Purge,
    /// Removing files that no record names.
    Orphans,
}

impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Purge => "purge",
            Self::Orphans => "orphans",
        })
    }
}

/// What a catalogue knows beside its records. None of it is exported.
#[async_trait]
pub trait Leases: Send + Sync {
    /// The catalogue's id, made when it is first asked for.
    async fn id(&self) -> Result<CatalogueId>;

    /// Takes a lease that lasts for a while from `now` on; `false` while somebody has it. It cannot
    /// be given back.
    async fn try_acquire(&self, lease: Lease, lasts: Duration, now: OffsetDateTime)
    -> Result<bool>;
}
