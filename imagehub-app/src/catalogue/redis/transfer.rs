//! Transfer.

use async_trait::async_trait;
use imagehub_policy::{Role, TenantId, Username};
use time::OffsetDateTime;

use super::super::*;

#[async_trait]
impl super::super::Transfer for super::RedisCatalogue {
    async fn export(
        &self,
        _from: Option<&ExportPlace>,
    ) -> Result<(Vec<Record>, Option<ExportPlace>), CatalogueError> {
        Err(super::super::missing())
    }
    async fn import(&self, _records: &[Record]) -> Result<(), CatalogueError> {
        Err(super::super::missing())
    }
    async fn is_empty(&self) -> Result<bool, CatalogueError> {
        Err(super::super::missing())
    }
}
