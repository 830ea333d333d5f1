//! The records of share links.

use async_trait::async_trait;
use imagehub_policy::TenantId;
use time::OffsetDateTime;

use super::Result;
use crate::domain::{LinkSecret, Share, ShareTarget};

/// The records of share links. A link ends with what it shows: when an album is deleted, and when
/// an image is forgotten for good.
#[async_trait]
pub trait Shares: Send + Sync {
    /// Makes a link. `CatalogueError::NotFound` if there is no such image or album (a deleted
    /// image is none), `CatalogueError::TooMany` at [`MAX_SHARES`](crate::domain::MAX_SHARES).
    async fn create_share(&self, tenant: &TenantId, new: &Share) -> Result<()>;

    /// The tenant's links that are not over at `now`, newest first, at most 1,000; of one target
    /// only, if given.
    async fn shares(
        &self,
        tenant: &TenantId,
        target: Option<&ShareTarget>,
        now: OffsetDateTime,
    ) -> Result<Vec<Share>>;

    /// The link with that secret in that tenant, even when it is over.
    async fn find_share(&self, tenant: &TenantId, secret: &LinkSecret) -> Result<Option<Share>>;

    /// Ends a link; ending it once more changes nothing.
    /// `CatalogueError::NotFound` if there is no such link.
    async fn revoke_share(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
        now: OffsetDateTime,
    ) -> Result<()>;

    /// Forgets some of the links that were over before a time, of any tenant, and answers how
    /// many: at most 100, none when there are none.
    async fn forget_shares_over_before(&self, time: OffsetDateTime) -> Result<usize>;
}
