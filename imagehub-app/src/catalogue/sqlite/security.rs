//! Log-in attempts and published keys.

use rusqlite::{Connection, Transaction, params};
use time::OffsetDateTime;

use super::super::codec::stored_time;
use super::super::{
    AttemptId, AttemptLimit, AttemptOutcome, AttemptSubject, CatalogueError, PublishedKey,
};
use crate::domain::timestamp::{left_of, to_millis};

pub(super) fn begin_attempt(
    db: &Transaction<'_>,
    subject: &AttemptSubject,
    limit: AttemptLimit,
    now: OffsetDateTime,
) -> Result<AttemptOutcome, CatalogueError> {
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
        params![id.0, subject, now, now.saturating_add(window)],
    )?;
    Ok(AttemptOutcome::Admitted(id))
}

pub(super) fn release_attempt(
    db: &Transaction<'_>,
    subject: &AttemptSubject,
    attempt: &AttemptId,
) -> Result<(), CatalogueError> {
    db.execute(
        "DELETE FROM attempts WHERE id = ?1 AND subject = ?2",
        params![attempt.0, subject.as_key()],
    )?;
    Ok(())
}

pub(super) fn publish_key(db: &Transaction<'_>, key: &PublishedKey) -> Result<(), CatalogueError> {
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
}

pub(super) fn live_keys(
    db: &Connection,
    now: OffsetDateTime,
) -> Result<Vec<PublishedKey>, CatalogueError> {
    let mut query = db.prepare_cached(
        "SELECT kid, public_key, last_use, listed_until FROM signing_keys
         WHERE listed_until > ?1 ORDER BY kid",
    )?;
    let mut rows = query.query([to_millis(now)])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push(PublishedKey {
            kid: row.get(0)?,
            public_key: row.get(1)?,
            last_use: stored_time(row.get(2)?)?,
            listed_until: stored_time(row.get(3)?)?,
        });
    }
    Ok(keys)
}
