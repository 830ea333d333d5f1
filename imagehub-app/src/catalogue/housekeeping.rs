//! What a store knows about itself, beside its records.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{CatalogueError, FieldError};

/// Tells stores apart. A catalogue and its blobs carry the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreId(String);

impl StoreId {
    /// A new id: 128 random bits in lower-case hexadecimal.
    pub fn random() -> Self {
        Self(format!("{:032x}", rand::random::<u128>()))
    }

    /// Reads an id.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 32 && text.bytes().all(hexadecimal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FieldError("not a store's id"))
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Work that one process does for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chore {
    /// Removing what was deleted a week ago.
    Purge,
    /// Removing files that no record names.
    Orphans,
}

impl fmt::Display for Chore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Purge => "purge",
            Self::Orphans => "orphans",
        })
    }
}

/// The store's id, and who does what is to be done now and then. None of it is exported.
#[async_trait]
pub trait Housekeeping: Send + Sync {
    /// The store's id, if it was given one.
    async fn store_id(&self) -> Result<Option<StoreId>, CatalogueError>;

    /// Gives the store this id unless it has one, and returns the one it has.
    async fn claim_store_id(&self, id: &StoreId) -> Result<StoreId, CatalogueError>;

    /// Gives the store this id, whatever it had.
    async fn set_store_id(&self, id: &StoreId) -> Result<(), CatalogueError>;

    /// Takes a turn at a chore, which lasts for a while from `now` on; `false` while somebody has
    /// it. It cannot be given back.
    async fn take_turn(
        &self,
        chore: Chore,
        lasts: Duration,
        now: OffsetDateTime,
    ) -> Result<bool, CatalogueError>;
}
