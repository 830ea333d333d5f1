//! Shares.

use async_trait::async_trait;
use imagehub_policy::{Role, TenantId, Username};
use time::OffsetDateTime;

use super::super::*;

#[async_trait]
impl super::super::Shares for super::SqliteCatalogue {
    async fn create_share(&self, _tenant: &TenantId, _new: &Share) -> Result<(), CatalogueError> {
        Err(super::super::missing())
    }
    async fn shares(
        &self,
        _tenant: &TenantId,
        _target: Option<&ShareTarget>,
        _now: OffsetDateTime,
    ) -> Result<Vec<Share>, CatalogueError> {
        Err(super::super::missing())
    }
    async fn find_share(
        &self,
        _tenant: &TenantId,
        _secret: &LinkSecret,
    ) -> Result<Option<Share>, CatalogueError> {
        Err(super::super::missing())
    }
    async fn revoke_share(
        &self,
        _tenant: &TenantId,
        _secret: &LinkSecret,
        _now: OffsetDateTime,
    ) -> Result<(), CatalogueError> {
        Err(super::super::missing())
    }
}
