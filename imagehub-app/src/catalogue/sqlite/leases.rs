//! The file's id and leases.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::super::codec::parsed;
use super::super::{Lease, Leases, Result};
use super::SqliteCatalogue;
use crate::domain::CatalogueId;
use crate::domain::timestamp::to_millis;

#[async_trait]
impl Leases for SqliteCatalogue {
    async fn id(&self) -> Result<CatalogueId> {
        self.write(|db| {
            db.execute(
                "INSERT INTO facts (name, value) VALUES ('id', ?1) ON CONFLICT DO NOTHING",
                [CatalogueId::random().as_str()],
            )?;
            let id: String =
                db.query_row("SELECT value FROM facts WHERE name = 'id'", [], |row| {
                    row.get(0)
                })?;
            parsed(&id, CatalogueId::parse)
        })
        .await
    }

    async fn try_acquire(
        &self,
        lease: Lease,
        lasts: Duration,
        now: OffsetDateTime,
    ) -> Result<bool> {
        self.write(move |db| {
            let acquired = db.execute(
                "INSERT INTO facts (name, value) VALUES (?1, ?2)
                     ON CONFLICT DO UPDATE SET value = excluded.value
                     WHERE CAST(value AS INTEGER) <= ?3",
                (
                    format!("{lease} is leased until"),
                    to_millis(now + lasts).to_string(),
                    to_millis(now),
                ),
            )?;
            Ok(acquired > 0)
        })
        .await
    }
}
