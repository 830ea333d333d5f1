//! Log-in attempts.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::super::{AttemptId, AttemptLimit, AttemptOutcome, AttemptSubject, Attempts, Result};
use super::{RedisCatalogue, keys, scripts};
use crate::domain::timestamp::{left_of, to_millis};

#[async_trait]
impl Attempts for RedisCatalogue {
    async fn begin_attempt(
        &self,
        subject: &AttemptSubject,
        limit: AttemptLimit,
        now: OffsetDateTime,
    ) -> Result<AttemptOutcome> {
        let id = AttemptId::random();
        let now = to_millis(now);
        let oldest: Option<i64> = self
            .script(
                scripts::BEGIN_ATTEMPT
                    .key(keys::attempts(subject.as_key()))
                    .arg(now)
                    .arg(i64::try_from(limit.window.as_millis()).unwrap_or(i64::MAX))
                    .arg(limit.failures)
                    .arg(&id.0),
            )
            .await?;
        Ok(match oldest {
            None => AttemptOutcome::Admitted(id),
            Some(at) => AttemptOutcome::Refused {
                retry_after: left_of(limit.window, at, now),
            },
        })
    }

    async fn release_attempt(&self, subject: &AttemptSubject, attempt: &AttemptId) -> Result<()> {
        self.command(
            redis::cmd("ZREM")
                .arg(keys::attempts(subject.as_key()))
                .arg(&attempt.0),
        )
        .await
    }
}
