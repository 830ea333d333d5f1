//! The file's id and turns.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _};
use time::OffsetDateTime;

use super::super::moment::to_millis;
use super::super::stored::parsed;
use super::super::{CatalogueError, Chore, Housekeeping, StoreId};
use super::SqliteCatalogue;

const ID: &str = "id";

/// Made by whoever needs it: a file of any version has room for it.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID";

fn id(db: &Connection) -> Result<Option<StoreId>, CatalogueError> {
    let stored: Option<String> = db
        .query_row("SELECT value FROM facts WHERE name = ?1", [ID], |row| {
            row.get(0)
        })
        .optional()?;
    stored.map(|id| parsed(&id, StoreId::parse)).transpose()
}

#[async_trait]
impl Housekeeping for SqliteCatalogue {
    async fn store_id(&self) -> Result<Option<StoreId>, CatalogueError> {
        self.pool
            .write(|db| {
                db.execute(TABLE, [])?;
                id(db)
            })
            .await
    }

    async fn claim_store_id(&self, new: &StoreId) -> Result<StoreId, CatalogueError> {
        let new = new.clone();
        self.pool
            .write(move |db| {
                db.execute(TABLE, [])?;
                db.execute(
                    "INSERT INTO facts (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                    [ID, new.as_str()],
                )?;
                Ok(id(db)?.unwrap_or(new))
            })
            .await
    }

    async fn set_store_id(&self, new: &StoreId) -> Result<(), CatalogueError> {
        let new = new.clone();
        self.pool
            .write(move |db| {
                db.execute(TABLE, [])?;
                db.execute(
                    "INSERT INTO facts (name, value) VALUES (?1, ?2)
                     ON CONFLICT DO UPDATE SET value = excluded.value",
                    [ID, new.as_str()],
                )?;
                Ok(())
            })
            .await
    }

    async fn take_turn(
        &self,
        chore: Chore,
        lasts: Duration,
        now: OffsetDateTime,
    ) -> Result<bool, CatalogueError> {
        self.pool
            .write(move |db| {
                db.execute(TABLE, [])?;
                let taken = db.execute(
                    "INSERT INTO facts (name, value) VALUES (?1, ?2)
                     ON CONFLICT DO UPDATE SET value = excluded.value
                     WHERE CAST(value AS INTEGER) <= ?3",
                    (
                        format!("{chore} is done until"),
                        to_millis(now + lasts).to_string(),
                        to_millis(now),
                    ),
                )?;
                Ok(taken > 0)
            })
            .await
    }
}
