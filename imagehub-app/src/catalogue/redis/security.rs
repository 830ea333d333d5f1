//! Log-in attempts and published keys.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::super::codec::stored_time;
use super::super::{
    AttemptId, AttemptLimit, AttemptOutcome, AttemptSubject, CatalogueError, PublishedKey,
};
use super::{RedisCatalogue, done, keys, scripts};
use crate::domain::Digest;
use crate::domain::timestamp::{left_of, to_millis};

impl RedisCatalogue {
    pub(super) async fn count_attempt(
        &self,
        subject: &AttemptSubject,
        limit: AttemptLimit,
        now: OffsetDateTime,
    ) -> Result<AttemptOutcome, CatalogueError> {
        let id = AttemptId::random();
        let now = to_millis(now);
        let script = &scripts::BEGIN_ATTEMPT;
        let mut begin = script.prepare_invoke();
        begin
            .key(keys::attempts(subject.as_key()))
            .arg(now)
            .arg(i64::try_from(limit.window.as_millis()).unwrap_or(i64::MAX))
            .arg(limit.failures)
            .arg(&id.0);
        let oldest: Option<i64> = self.connection.script(&begin).await?;
        Ok(match oldest {
            None => AttemptOutcome::Admitted(id),
            Some(at) => AttemptOutcome::Refused {
                retry_after: left_of(limit.window, at, now),
            },
        })
    }

    pub(super) async fn uncount_attempt(
        &self,
        subject: &AttemptSubject,
        attempt: &AttemptId,
    ) -> Result<(), CatalogueError> {
        self.connection
            .command(
                redis::cmd("ZREM")
                    .arg(keys::attempts(subject.as_key()))
                    .arg(&attempt.0),
            )
            .await
    }

    pub(super) async fn list_key(&self, key: &PublishedKey) -> Result<(), CatalogueError> {
        let script = &scripts::PUBLISH_KEY;
        let mut publish = script.prepare_invoke();
        publish
            .key(keys::signing_keys())
            .arg(&key.kid)
            .arg(Digest::new(key.public_key).hex())
            .arg(to_millis(key.last_use))
            .arg(to_millis(key.listed_until));
        done(&self.connection.script::<String>(&publish).await?)
    }

    pub(super) async fn listed_keys(
        &self,
        now: OffsetDateTime,
    ) -> Result<Vec<PublishedKey>, CatalogueError> {
        let stored: BTreeMap<String, String> = self
            .connection
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

fn read_key(kid: String, text: &str) -> Result<PublishedKey, CatalogueError> {
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
