//! What is known about people, tenants and images, behind one trait for each noun, with two stores:
//! a SQLite file and Redis. Both pass the same tests; every change is atomic in both.

mod albums;
mod attempts;
mod codec;
mod cursor;
mod error;
mod images;
mod invite_links;
mod leases;
mod members;
pub mod redis;
mod shares;
mod signing_keys;
pub mod sqlite;
mod tenants;
mod tokens;
mod transfer;
mod users;

use std::sync::Arc;

use async_trait::async_trait;

pub use albums::Albums;
pub use attempts::{AttemptId, AttemptLimit, AttemptOutcome, AttemptSubject, Attempts};
pub use cursor::Cursor;
pub use error::{CatalogueError, Result};
pub use images::{ImageQuery, Images, Inserted, Order, Page};
pub use invite_links::InviteLinks;
pub use leases::{Lease, Leases};
pub use members::{MAX_INVITATIONS, Members};
pub use shares::Shares;
pub use signing_keys::{PublishedKey, SigningKeys};
pub use tenants::{MAX_TENANTS_PER_USER, Tenants};
pub use tokens::Tokens;
pub use transfer::{Record, Transfer};
pub use users::Users;

/// A catalogue shared by every request.
pub type SharedCatalogue = Arc<dyn Catalogue>;

/// The port to the store of records.
///
/// Times are kept to the millisecond. Any call may fail with [`CatalogueError::Unavailable`];
/// only other errors are named in the traits.
#[async_trait]
pub trait Catalogue:
    Users
    + Tenants
    + Members
    + Images
    + Albums
    + Shares
    + InviteLinks
    + Tokens
    + Attempts
    + SigningKeys
    + Leases
    + Transfer
    + Send
    + Sync
    + 'static
{
    /// Answers `Ok` if the store can serve now, within two seconds either way.
    async fn ping(&self) -> Result<()>;
}
