//! Log-in attempts.

use async_trait::async_trait;
use rusqlite::params;
use time::OffsetDateTime;

use super::super::{AttemptId, AttemptLimit, AttemptOutcome, AttemptSubject, Attempts, Result};
use super::SqliteCatalogue;
use crate::domain::timestamp::{left_of, to_millis};

#[async_trait]
impl Attempts for SqliteCatalogue {
    async fn begin_attempt(
        &self,
        subject: &AttemptSubject,
        limit: AttemptLimit,
        now: OffsetDateTime,
    ) -> Result<AttemptOutcome> {
        let subject = subject.clone();
        self.write(move |db| {
            let now = to_millis(now);
            let window = i64::try_from(limit.window.as_millis()).unwrap_or(i64::MAX);
            db.execute("DELETE FROM attempts WHERE forgotten_at <= ?1", [now])?;

            let subject = subject.as_key();
            let (failures, oldest): (u32, Option<i64>) = db.query_row(
                "SELECT count(*), min(at) FROM attempts WHERE subject = ?1 AND at > ?2",
                params![subject, now.saturating_sub(window)],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            if failures >= limit.failures {
                return Ok(AttemptOutcome::Refused {
                    retry_after: left_of(limit.window, oldest.unwrap_or(now), now),
                });
            }
            let id = AttemptId::random();
            db.execute(
                "INSERT INTO attempts (id, subject, at, forgotten_at) VALUES (?1, ?2, ?3, ?4)",
                params![id.0, &subject, now, now.saturating_add(window)],
            )?;
            Ok(AttemptOutcome::Admitted(id))
        })
        .await
    }

    async fn release_attempt(&self, subject: &AttemptSubject, attempt: &AttemptId) -> Result<()> {
        let (subject, attempt) = (subject.clone(), attempt.clone());
        self.write(move |db| {
            db.execute(
                "DELETE FROM attempts WHERE id = ?1 AND subject = ?2",
                params![attempt.0, subject.as_key()],
            )?;
            Ok(())
        })
        .await
    }
}
