//! The records of invite links.

use async_trait::async_trait;
use imagehub_policy::{Role, TenantId, Username};
use time::OffsetDateTime;

use super::Result;
use crate::domain::{InviteLink, LinkSecret};

/// The records of invite links.
#[async_trait]
pub trait InviteLinks: Send + Sync {
    /// Makes a link. `CatalogueError::NotFound` if its maker is no owner of such a tenant,
    /// `CatalogueError::TooMany` at [`MAX_INVITE_LINKS`](crate::domain::MAX_INVITE_LINKS) that
    /// have not ended at `created_at`.
    async fn create_invite_link(&self, tenant: &TenantId, new: &InviteLink) -> Result<()>;

    /// The tenant's links that have not ended at `now`, newest first.
    async fn invite_links(&self, tenant: &TenantId, now: OffsetDateTime)
    -> Result<Vec<InviteLink>>;

    /// The link with that secret, unless it has ended at `now`.
    async fn find_invite_link(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
        now: OffsetDateTime,
    ) -> Result<Option<InviteLink>>;

    /// Withdraws a link. `CatalogueError::NotFound` if there is none.
    async fn revoke_invite_link(&self, tenant: &TenantId, secret: &LinkSecret) -> Result<()>;

    /// Makes the user a member with the link's role, and returns the role the user has now: who is
    /// a member already keeps theirs. An invitation to the user by name is used up with it.
    ///
    /// `CatalogueError::NotFound` if the link is not there or has ended,
    /// `CatalogueError::TooManyTenants`.
    async fn join_by_link(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
        user: &Username,
        now: OffsetDateTime,
    ) -> Result<Role>;
}
