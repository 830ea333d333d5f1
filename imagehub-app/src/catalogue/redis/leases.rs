//! The store's id and leases.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::super::codec::parsed;
use super::super::{Lease, Leases, Result};
use super::{RedisCatalogue, keys};
use crate::domain::CatalogueId;

#[async_trait]
impl Leases for RedisCatalogue {
    async fn id(&self) -> Result<CatalogueId> {
        let mut ask = redis::pipe();
        ask.set_nx(keys::catalogue_id(), CatalogueId::random().as_str())
            .ignore();
        ask.get(keys::catalogue_id());
        let (stored,): (String,) = self.pipeline(&ask).await?;
        parsed(&stored, CatalogueId::parse)
    }

    async fn try_acquire(
        &self,
        lease: Lease,
        lasts: Duration,
        _now: OffsetDateTime,
    ) -> Result<bool> {
        let millis = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX).max(1);
        let acquired: Option<String> = self
            .command(
                redis::cmd("SET")
                    .arg(keys::lease(lease))
                    .arg("taken")
                    .arg("NX")
                    .arg("PX")
                    .arg(millis),
            )
            .await?;
        Ok(acquired.is_some())
    }
}
