//! The tables, and how older files are brought up to date.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::super::CatalogueError;
use super::super::stored::folded;

mod filling;

/// A way from one version to the next.
struct Step {
    statements: &'static str,
    /// What SQL alone cannot do; done after the statements.
    and_then: fn(&Transaction<'_>) -> Result<Left, CatalogueError>,
}

/// What is left of a step after a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    /// Another transaction's work; then nothing depends on the statements being done only once.
    More,
}

/// Each step leads from the version that is its index to the next; steps are only ever added.
/// The version is kept in SQLite's `user_version`.
const STEPS: &[Step] = &[
    Step {
        statements: include_str!("schema/first.sql"),
        and_then: |_| Ok(Left::Nothing),
    },
    Step {
        statements: include_str!("schema/second.sql"),
        and_then: fold_tags,
    },
    Step {
        statements: include_str!("schema/third.sql"),
        and_then: |_| Ok(Left::Nothing),
    },
    // Nothing is searched for before this one is done, too.
    Step {
        statements: "",
        and_then: |db| filling::fill_search(db, filling::BATCH),
    },
];

/// SQLite's `lower` folds ASCII only: the other tags are folded here.
fn fold_tags(db: &Transaction<'_>) -> Result<Left, CatalogueError> {
    let mut query = db.prepare("SELECT rowid, tag FROM tags_to_fold")?;
    let mut fold = db.prepare("UPDATE tags_to_fold SET folded = ?2 WHERE rowid = ?1")?;
    let tags = query
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(i64, String)>>>()?;
    for (row, tag) in tags {
        fold.execute((row, folded(&tag)))?;
    }
    db.execute_batch(
        "UPDATE image_tags SET folded = tags_to_fold.folded FROM tags_to_fold
         WHERE tags_to_fold.tag = image_tags.tag;
         UPDATE tags SET folded = tags_to_fold.folded FROM tags_to_fold
         WHERE tags_to_fold.tag = tags.tag;
         DROP TABLE tags_to_fold;",
    )?;
    Ok(Left::Nothing)
}

/// Brings the file's schema up to date, each step in a transaction of its own or in several: broken
/// off, it goes on from there.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), CatalogueError> {
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: u32 =
            transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let Some(step) = STEPS.get(version as usize) else {
            return refuse_newer(version);
        };
        transaction.execute_batch(step.statements)?;
        if (step.and_then)(&transaction)? == Left::Nothing {
            transaction.pragma_update(None, "user_version", version + 1)?;
        }
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
