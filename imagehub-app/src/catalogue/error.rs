//! How a call to the catalogue can fail.

use thiserror::Error;

/// What a call to the catalogue comes to.
pub type Result<T, E = CatalogueError> = std::result::Result<T, E>;

/// What a catalogue refuses, or why it cannot answer.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// A user or a tenant has that name already.
    #[error("the name is taken")]
    Taken,
    /// There is no such record.
    #[error("not found")]
    NotFound,
    /// The user is in as many tenants as a token can list.
    #[error("too many tenants")]
    TooManyTenants,
    /// The change would leave a tenant without an owner.
    #[error("a tenant needs an owner")]
    LastOwner,
    /// As many of them are there as there may be.
    #[error("there are too many already")]
    TooMany,
    /// The user's sessions of that generation are over.
    #[error("the session is over")]
    SignedOut,
    /// The tenant's images would take more than its plan allows.
    #[error("{used} of {quota} bytes are used")]
    QuotaExceeded {
        /// Bytes that count already.
        used: u64,
        /// Bytes that may count.
        quota: u64,
    },
    /// The store was written by another version of the application.
    #[error(
        "the catalogue has schema version {found}, this program knows {known}: use the version that wrote it, or another catalogue"
    )]
    OtherSchema {
        /// The version in the store.
        found: u32,
        /// The version known here.
        known: u32,
    },
    /// A record cannot be read back.
    #[error("the catalogue holds a damaged record: {0}")]
    Damaged(String),
    /// The store has no room for the change, and has not made it.
    #[error("the catalogue has no space left: {0}")]
    NoSpace(String),
    /// The store answers, and refuses to be used as it is now: read-only, still loading, or under
    /// another password. In words that may be shown to anybody.
    #[error("the catalogue refuses: {0}")]
    Refusing(String),
    /// The store is set up in a way in which records would be lost. What to change about it.
    #[error("the catalogue cannot be kept there: {0}")]
    Unsuitable(String),
    /// The store is away or failing; trying again later may help.
    #[error("the catalogue is unavailable: {0}")]
    Unavailable(String),
}
