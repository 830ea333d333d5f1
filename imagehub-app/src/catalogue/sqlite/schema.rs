//! The tables, and how older files are brought up to date.

use rusqlite::{Connection, TransactionBehavior};

use super::super::CatalogueError;

/// Each step leads from the version that is its index to the next; steps are only ever added.
/// The version is kept in SQLite's `user_version`.
const STEPS: &[&str] = &["
    CREATE TABLE users (
        name TEXT PRIMARY KEY,
        password_hash TEXT NOT NULL,
        created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE tenants (
        name TEXT PRIMARY KEY,
        plan TEXT NOT NULL,
        created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE memberships (
        tenant TEXT NOT NULL REFERENCES tenants (name),
        user TEXT NOT NULL REFERENCES users (name),
        role TEXT NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (tenant, user)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX memberships_by_user ON memberships (user);

    CREATE TABLE invitations (
        tenant TEXT NOT NULL REFERENCES tenants (name),
        user TEXT NOT NULL REFERENCES users (name),
        role TEXT NOT NULL,
        invited_at INTEGER NOT NULL,
        PRIMARY KEY (tenant, user)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX invitations_by_user ON invitations (user, invited_at);

    -- The ordinal is the order of arrival: pages are cut by it, and it is never used twice.
    CREATE TABLE images (
        ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant TEXT NOT NULL REFERENCES tenants (name),
        id TEXT NOT NULL,
        digest TEXT NOT NULL,
        media_type TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        thumbnail_type TEXT NOT NULL,
        title TEXT NOT NULL,
        tags TEXT NOT NULL,
        search TEXT NOT NULL,
        uploaded_by TEXT NOT NULL,
        uploaded_at INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX images_by_id ON images (tenant, id);
    CREATE UNIQUE INDEX images_by_digest ON images (tenant, digest);
    CREATE INDEX images_by_age ON images (tenant, ordinal);

    CREATE TABLE image_tags (
        tenant TEXT NOT NULL,
        tag TEXT NOT NULL,
        ordinal INTEGER NOT NULL REFERENCES images (ordinal) ON DELETE CASCADE,
        PRIMARY KEY (tenant, tag, ordinal)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX image_tags_by_image ON image_tags (ordinal);

    CREATE TABLE attempts (
        id TEXT PRIMARY KEY,
        subject TEXT NOT NULL,
        at INTEGER NOT NULL,
        forgotten_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX attempts_by_subject ON attempts (subject, at);
    CREATE INDEX attempts_by_end ON attempts (forgotten_at);

    CREATE TABLE signing_keys (
        kid TEXT PRIMARY KEY,
        public_key BLOB NOT NULL,
        last_use INTEGER NOT NULL,
        listed_until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
"];

/// Brings the file's schema up to date, each step in a transaction of its own.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), CatalogueError> {
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: u32 =
            transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let Some(step) = STEPS.get(version as usize) else {
            return refuse_newer(version);
        };
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version + 1)?;
        transaction.commit()?;
    }
}

/// Answers `Ok` if the file can be read and is still of the version known here.
pub(super) fn check(connection: &Connection) -> Result<(), CatalogueError> {
    refuse_newer(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn refuse_newer(found: u32) -> Result<(), CatalogueError> {
    let known = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    if found > known {
        Err(CatalogueError::NewerSchema { found, known })
    } else {
        Ok(())
    }
}
