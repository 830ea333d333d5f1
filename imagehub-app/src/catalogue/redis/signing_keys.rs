//! Published signing keys.

use std::collections::BTreeMap;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::super::codec::stored_time;
use super::super::{CatalogueError, PublishedKey, Result, SigningKeys};
use super::{RedisCatalogue, keys, scripts};
use crate::domain::Digest;
use crate::domain::timestamp::to_millis;

#[async_trait]
impl SigningKeys for RedisCatalogue {
    async fn publish_key(&self, key: &PublishedKey) -> Result<()> {
        self.change(
            scripts::PUBLISH_KEY
                .key(keys::signing_keys())
                .arg(&key.kid)
                .arg(Digest::new(key.public_key).hex())
                .arg(to_millis(key.last_use))
                .arg(to_millis(key.listed_until)),
        )
        .await
    }

    async fn live_keys(&self, now: OffsetDateTime) -> Result<Vec<PublishedKey>> {
        let stored: BTreeMap<String, String> = self
            .command(redis::cmd("HGETALL").arg(keys::signing_keys()))
            .await?;
        let mut live = Vec::new();
        for (kid, text) in stored {
            let key = read_key(kid, &text)?;
            if key.listed_until > now {
                live.push(key);
            }
        }
        Ok(live)
    }
}

fn read_key(kid: String, text: &str) -> Result<PublishedKey> {
    let damaged = || CatalogueError::Damaged(format!("signing key {kid}"));
    let mut parts = text.split(' ');
    let mut next = || parts.next().ok_or_else(damaged);
    let public_key = Digest::from_hex(next()?).ok_or_else(damaged)?.sha256();
    let last_use = stored_time(next()?.parse().map_err(|_| damaged())?)?;
    let listed_until = stored_time(next()?.parse().map_err(|_| damaged())?)?;
    Ok(PublishedKey {
        kid,
        public_key,
        last_use,
        listed_until,
    })
}
