//! The whole catalogue as a series of records: what a backup is made of.

use async_trait::async_trait;
use imagehub_policy::{TenantId, Username};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::sync::mpsc::Sender;

use super::{PublishedKey, Result};
use crate::domain::timestamp::milliseconds;
use crate::domain::{
    ApiToken, ImageId, ImageRecord, Invitation, InviteLink, Member, NewAlbum, Share, TenantRecord,
};

/// One record, in the order in which they are read and written: what a record refers to comes
/// before it. Times are milliseconds since the Unix epoch, names and ids are texts as the API
/// shows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the fields are those of the records they are of"
)]
pub enum Record {
    /// A public key that tokens in circulation may be signed with.
    SigningKey(PublishedKey),
    /// A user; `password_hash` is `None` for a name whose account is gone, of which only the
    /// generation is kept.
    User {
        name: Username,
        password_hash: Option<String>,
        #[serde(with = "milliseconds")]
        created_at: OffsetDateTime,
        generation: u64,
    },
    /// A tenant.
    Tenant(TenantRecord),
    /// A member of a tenant.
    Membership {
        tenant: TenantId,
        #[serde(flatten)]
        member: Member,
    },
    /// An invitation that has not been accepted.
    Invitation(Invitation),
    /// An invite link.
    InviteLink {
        tenant: TenantId,
        #[serde(flatten)]
        link: InviteLink,
    },
    /// An API token.
    Token {
        user: Username,
        #[serde(flatten)]
        token: ApiToken,
    },
    /// An image, deleted or not. Images of a tenant come in the order of their arrival.
    Image {
        tenant: TenantId,
        #[serde(flatten)]
        image: Box<ImageRecord>,
    },
    /// An album with the ids of its images and the cover that was chosen.
    Album {
        tenant: TenantId,
        #[serde(flatten)]
        album: NewAlbum,
        cover: Option<ImageId>,
        images: Vec<ImageId>,
    },
    /// A share link, ended ones included.
    Share {
        tenant: TenantId,
        #[serde(flatten)]
        share: Share,
    },
}

/// Reading a whole catalogue, and writing one.
#[async_trait]
pub trait Transfer: Send + Sync {
    /// Sends every record, while others may write. Log-in attempts and ended sessions are left out:
    /// both are forgotten within the hour. Ends early, and well, if nobody receives any more.
    async fn export(&self, records: Sender<Record>) -> Result<()>;

    /// Writes records in the order of [`Transfer::export`]. One that is there already is left as it
    /// is, so that an import that was interrupted can be begun anew; one that refers to what is not
    /// there is left out.
    async fn import(&self, records: &[Record]) -> Result<()>;

    /// Whether there is no user and no tenant.
    async fn is_empty(&self) -> Result<bool>;
}
