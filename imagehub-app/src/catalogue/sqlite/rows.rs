//! What queries and changes of every table have in common.

use rusqlite::{Connection, Params, Row};

use super::super::codec::parsed;
use super::super::{CatalogueError, Result};

/// What `read` makes of each row that the query finds.
pub(super) fn all<T>(
    db: &Connection,
    query: &str,
    parameters: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut query = db.prepare_cached(query)?;
    let mut rows = query.query(parameters)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

/// What `read` makes of the row that the query finds, if there is one.
pub(super) fn first<T>(
    db: &Connection,
    query: &str,
    parameters: impl Params,
    read: impl FnOnce(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let mut query = db.prepare_cached(query)?;
    let mut rows = query.query(parameters)?;
    rows.next()?.map(read).transpose()
}

/// The column's text, parsed.
pub(super) fn text<T, E>(
    row: &Row<'_>,
    column: usize,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T> {
    parsed(&row.get::<_, String>(column)?, parse)
}

/// [`CatalogueError::TooMany`] if as many as `max` are counted already.
pub(super) fn refuse_full(
    db: &Connection,
    count: &str,
    parameters: impl Params,
    max: usize,
) -> Result<()> {
    let there: i64 = db.query_row(count, parameters, |row| row.get(0))?;
    if usize::try_from(there).is_ok_and(|there| there >= max) {
        return Err(CatalogueError::TooMany);
    }
    Ok(())
}

/// [`CatalogueError::NotFound`] if nothing was changed.
pub(super) fn found(changed: usize) -> Result<()> {
    if changed == 0 {
        Err(CatalogueError::NotFound)
    } else {
        Ok(())
    }
}
