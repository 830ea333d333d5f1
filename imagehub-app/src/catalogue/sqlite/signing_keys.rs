//! Published signing keys.

use async_trait::async_trait;
use rusqlite::{Row, params};
use time::OffsetDateTime;

use super::super::codec::stored_time;
use super::super::{PublishedKey, Result, SigningKeys};
use super::SqliteCatalogue;
use super::rows::{self};
use crate::domain::timestamp::to_millis;

#[async_trait]
impl SigningKeys for SqliteCatalogue {
    async fn publish_key(&self, key: &PublishedKey) -> Result<()> {
        let key = key.clone();
        self.write(move |db| {
            db.execute(
                "DELETE FROM signing_keys WHERE listed_until <= ?1",
                [to_millis(key.last_use)],
            )?;
            db.execute(
                "INSERT INTO signing_keys (kid, public_key, last_use, listed_until)
                 VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET
                     last_use = max(last_use, excluded.last_use),
                     listed_until = max(listed_until, excluded.listed_until)",
                params![
                    key.kid,
                    key.public_key,
                    to_millis(key.last_use),
                    to_millis(key.listed_until),
                ],
            )?;
            Ok(())
        })
        .await
    }

    async fn live_keys(&self, now: OffsetDateTime) -> Result<Vec<PublishedKey>> {
        self.read(move |db| {
            rows::all(
                db,
                "SELECT kid, public_key, last_use, listed_until FROM signing_keys
                 WHERE listed_until > ?1 ORDER BY kid",
                [to_millis(now)],
                read,
            )
        })
        .await
    }
}

/// Reads a row of id, key, last use and end.
pub(super) fn read(row: &Row<'_>) -> Result<PublishedKey> {
    Ok(PublishedKey {
        kid: row.get(0)?,
        public_key: row.get(1)?,
        last_use: stored_time(row.get(2)?)?,
        listed_until: stored_time(row.get(3)?)?,
    })
}
