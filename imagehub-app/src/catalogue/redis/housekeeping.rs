//! The store's id and turns.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::super::stored::parsed;
use super::super::{CatalogueError, Chore, Housekeeping, StoreId};
use super::{RedisCatalogue, keys};

#[async_trait]
impl Housekeeping for RedisCatalogue {
    async fn store_id(&self) -> Result<Option<StoreId>, CatalogueError> {
        let stored: Option<String> = self
            .connection
            .command(redis::cmd("GET").arg(keys::store_id()))
            .await?;
        stored.map(|id| parsed(&id, StoreId::parse)).transpose()
    }

    async fn claim_store_id(&self, id: &StoreId) -> Result<StoreId, CatalogueError> {
        let mut claim = redis::pipe();
        claim.set_nx(keys::store_id(), id.as_str()).ignore();
        claim.get(keys::store_id());
        let (stored,): (String,) = self.connection.pipeline(&claim).await?;
        parsed(&stored, StoreId::parse)
    }

    async fn set_store_id(&self, id: &StoreId) -> Result<(), CatalogueError> {
        self.connection
            .command(redis::cmd("SET").arg(keys::store_id()).arg(id.as_str()))
            .await
    }

    async fn take_turn(
        &self,
        chore: Chore,
        lasts: Duration,
        _now: OffsetDateTime,
    ) -> Result<bool, CatalogueError> {
        let millis = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX).max(1);
        let taken: Option<String> = self
            .connection
            .command(
                redis::cmd("SET")
                    .arg(keys::turn(chore))
                    .arg("taken")
                    .arg("NX")
                    .arg("PX")
                    .arg(millis),
            )
            .await?;
        Ok(taken.is_some())
    }
}
