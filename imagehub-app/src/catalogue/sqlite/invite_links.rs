//! InviteLinks.

use async_trait::async_trait;
use imagehub_policy::{Role, TenantId, Username};
use time::OffsetDateTime;

use super::super::*;

#[async_trait]
impl super::super::InviteLinks for super::SqliteCatalogue {
    async fn create_invite_link(
        &self,
        _tenant: &TenantId,
        _new: &InviteLink,
    ) -> Result<(), CatalogueError> {
        Err(super::super::missing())
    }
    async fn invite_links(
        &self,
        _tenant: &TenantId,
        _now: OffsetDateTime,
    ) -> Result<Vec<InviteLink>, CatalogueError> {
        Err(super::super::missing())
    }
    async fn find_invite_link(
        &self,
        _tenant: &TenantId,
        _secret: &LinkSecret,
        _now: OffsetDateTime,
    ) -> Result<Option<InviteLink>, CatalogueError> {
        Err(super::super::missing())
    }
    async fn revoke_invite_link(
        &self,
        _tenant: &TenantId,
        _secret: &LinkSecret,
    ) -> Result<(), CatalogueError> {
        Err(super::super::missing())
    }
    async fn join_by_link(
        &self,
        _tenant: &TenantId,
        _secret: &LinkSecret,
        _user: &Username,
        _now: OffsetDateTime,
    ) -> Result<Role, CatalogueError> {
        Err(super::super::missing())
    }
}
