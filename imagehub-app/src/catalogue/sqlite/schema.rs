//! The tables.

use rusqlite::{Connection, TransactionBehavior};

use super::super::{CatalogueError, Result};

/// The version of the tables, kept in SQLite's `user_version`: 0 is a file without any.
const SCHEMA: u32 = 8;

/// Makes the tables in a file that has none.
pub(super) fn create(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if version(&transaction)? == 0 {
        transaction.execute_batch(include_str!("schema.sql"))?;
        transaction.pragma_update(None, "user_version", SCHEMA)?;
    }
    transaction.commit()?;
    check(connection)
}

/// Answers `Ok` if the file can be read and is of the version known here.
pub(super) fn check(connection: &Connection) -> Result<()> {
    match version(connection)? {
        SCHEMA => Ok(()),
        found => Err(CatalogueError::OtherSchema {
            found,
            known: SCHEMA,
        }),
    }
}

fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
