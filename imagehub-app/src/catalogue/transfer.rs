//! The whole catalogue as a series of records: what backups, restores and moves are made of.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::CatalogueError;

/// The version of [`Record`]'s form. A reader refuses a newer one.
pub const RECORDS_VERSION: u32 = 1;

/// One record, in the order in which they are read and written: what a record refers to comes
/// before it. Times are milliseconds since the Unix epoch, names and ids are texts as the API
/// shows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case", deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the fields are those of the records they are of"
)]
pub enum Record {
    /// A public key that tokens in circulation may be signed with, in hexadecimal.
    SigningKey {
        kid: String,
        public_key: String,
        last_use: i64,
        listed_until: i64,
    },
    /// A user; `password_hash` is `None` for a name whose account is gone, of which only the
    /// generation is kept.
    User {
        name: String,
        password_hash: Option<String>,
        created_at: i64,
        generation: u64,
    },
    /// A tenant.
    Tenant {
        name: String,
        plan: String,
        created_at: i64,
        keep_metadata: bool,
    },
    /// A member of a tenant.
    Membership {
        tenant: String,
        user: String,
        role: String,
        since: i64,
    },
    /// An invitation that has not been accepted.
    Invitation {
        tenant: String,
        user: String,
        role: String,
        invited_at: i64,
    },
    /// An invite link.
    InviteLink {
        tenant: String,
        secret: String,
        role: String,
        created_by: String,
        created_at: i64,
        until: i64,
    },
    /// An API token.
    Token {
        user: String,
        jti: String,
        name: String,
        tenant: String,
        role: String,
        created_at: i64,
        expires_at: i64,
        last_use: Option<i64>,
    },
    /// An image, deleted or not. Images of a tenant come in the order of their arrival.
    Image {
        tenant: String,
        id: String,
        digest: String,
        media_type: String,
        bytes: u64,
        width: u32,
        height: u32,
        thumbnail_type: String,
        placeholder: String,
        title: String,
        tags: Vec<String>,
        uploaded_by: String,
        uploaded_at: i64,
        deleted_at: Option<i64>,
    },
    /// An album with the ids of its images and the cover that was chosen.
    Album {
        tenant: String,
        id: String,
        title: String,
        cover: Option<String>,
        images: Vec<String>,
        created_by: String,
        created_at: i64,
    },
    /// A share link, ended ones included: of an image or an album; without `until`, for members.
    Share {
        tenant: String,
        secret: String,
        image: Option<String>,
        album: Option<String>,
        until: Option<i64>,
        created_by: String,
        created_at: i64,
        revoked_at: Option<i64>,
    },
}

/// Where an export goes on, opaque but to the store that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPlace(pub(super) String);

/// Reading a whole catalogue, and writing one.
#[async_trait]
pub trait Transfer: Send + Sync {
    /// Some hundred records from a place on (from the first one without it), and the place where
    /// to go on, `None` at the end. Log-in attempts and ended sessions are left out: both are
    /// forgotten within the hour.
    async fn export(
        &self,
        from: Option<&ExportPlace>,
    ) -> Result<(Vec<Record>, Option<ExportPlace>), CatalogueError>;

    /// Writes records in the order of [`Transfer::export`]. One that is there already is left as it
    /// is, so that an import that was interrupted can be begun anew; one that refers to what is not
    /// there is left out. [`CatalogueError::Damaged`] if a field breaks its rule: then nothing is
    /// written.
    async fn import(&self, records: &[Record]) -> Result<(), CatalogueError>;

    /// Whether there is no user and no tenant.
    async fn is_empty(&self) -> Result<bool, CatalogueError>;
}
