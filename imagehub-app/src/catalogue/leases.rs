//! The catalogue's id, and who does what one process does for all.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::Result;
use crate::domain::CatalogueId;

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
