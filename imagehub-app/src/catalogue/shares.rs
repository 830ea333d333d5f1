//! Share links: one image or one album, shown to who has the link.

use std::time::Duration;

use async_trait::async_trait;
use imagehub_policy::{TenantId, Username};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::timestamp::milliseconds;
use super::{AlbumId, CatalogueError, ImageId, LinkSecret};

/// Share links one tenant may have, ended ones not counted.
pub const MAX_SHARES: usize = 10_000;

/// What a link shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareTarget {
    /// One image.
    Image(ImageId),
    /// An album, with what is in it when somebody looks.
    Album(AlbumId),
}

/// Whom a link works for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Members of the tenant.
    Tenant,
    /// Anyone who has it, until a time.
    Anyone {
        /// When it ends.
        #[serde(with = "milliseconds")]
        until: OffsetDateTime,
    },
}

/// A share link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// What makes the link.
    pub secret: LinkSecret,
    /// What it shows.
    pub target: ShareTarget,
    /// Whom it works for.
    pub audience: Audience,
    /// By whom it was made.
    pub created_by: Username,
    /// When.
    #[serde(with = "milliseconds")]
    pub created_at: OffsetDateTime,
    /// When it was revoked, if it was. A revoked link stays known, so that its visitors can be told.
    #[serde(with = "milliseconds::option")]
    pub revoked_at: Option<OffsetDateTime>,
}

impl Share {
    /// Whether the link is over: revoked, or past its time.
    pub fn is_over(&self, now: OffsetDateTime) -> bool {
        let past = matches!(self.audience, Audience::Anyone { until } if until <= now);
        past || self.revoked_at.is_some()
    }
}

/// How long a link that is over stays known, so that its visitors can be told.
pub const OVER_SHARES_KEPT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The records of share links. A link ends with what it shows: when an album is deleted, and when
/// an image is forgotten for good.
#[async_trait]
pub trait Shares: Send + Sync {
    /// Makes a link. [`CatalogueError::NotFound`] if there is no such image or album (a deleted
    /// image is none), [`CatalogueError::TooMany`] at [`MAX_SHARES`].
    async fn create_share(&self, tenant: &TenantId, new: &Share) -> Result<(), CatalogueError>;

    /// The tenant's links that are not over at `now`, newest first, at most 1,000; of one target
    /// only, if given.
    async fn shares(
        &self,
        tenant: &TenantId,
        target: Option<&ShareTarget>,
        now: OffsetDateTime,
    ) -> Result<Vec<Share>, CatalogueError>;

    /// The link with that secret in that tenant, even when it is over.
    async fn find_share(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
    ) -> Result<Option<Share>, CatalogueError>;

    /// Ends a link; ending it once more changes nothing.
    /// [`CatalogueError::NotFound`] if there is no such link.
    async fn revoke_share(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
        now: OffsetDateTime,
    ) -> Result<(), CatalogueError>;

    /// Forgets some of the links that were over before a time, of any tenant, and answers how
    /// many: at most 100, none when there are none.
    async fn forget_shares_over_before(
        &self,
        time: OffsetDateTime,
    ) -> Result<usize, CatalogueError>;
}
