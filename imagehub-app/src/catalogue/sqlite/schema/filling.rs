//! Making images found that were recorded before there was an index to search.

use imagehub_policy::TenantId;
use rusqlite::{OptionalExtension as _, Row, Transaction};

use super::super::super::stored::{joined, parsed, search_text, split};
use super::super::super::{CatalogueError, Title};
use super::super::image_row::{index_search, index_tags};
use super::Left;

/// Images of one transaction: a few seconds' work.
pub(super) const BATCH: u32 = 10_000;

/// Makes the next images found by what they are searched for, and tells in the log how far it is.
/// Where it stopped, the index itself tells.
pub(super) fn fill_search(db: &Transaction<'_>, batch: u32) -> Result<Left, CatalogueError> {
    let last: Option<i64> = db
        .query_row(
            "SELECT rowid FROM image_search ORDER BY rowid DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()?;
    let images = db
        .prepare(
            "SELECT ordinal, tenant, title, tags, search, uploaded_by, deleted_at IS NOT NULL
             FROM images WHERE ordinal > ?1 ORDER BY ordinal LIMIT ?2",
        )?
        .query_map((last.unwrap_or(i64::MIN), batch), Image::read)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    for image in &images {
        image.make_found(db)?;
    }
    let Some(last) = images.last().filter(|_| images.len() == batch as usize) else {
        return Ok(Left::Nothing);
    };
    let (done, of): (i64, i64) = db.query_row(
        "SELECT count(*) FILTER (WHERE ordinal <= ?1), count(*) FROM images",
        [last.ordinal],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    tracing::info!(done, of, "older images are made ready for searches");
    Ok(Left::More)
}

/// What an image is found by, as it is stored.
struct Image {
    ordinal: i64,
    tenant: String,
    title: String,
    tags: String,
    search: String,
    uploaded_by: String,
    deleted: bool,
}

impl Image {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            ordinal: row.get(0)?,
            tenant: row.get(1)?,
            title: row.get(2)?,
            tags: row.get(3)?,
            search: row.get(4)?,
            uploaded_by: row.get(5)?,
            deleted: row.get(6)?,
        })
    }

    /// Its text becomes what it would be if it came now.
    fn make_found(&self, db: &Transaction<'_>) -> Result<(), CatalogueError> {
        let tenant = parsed(&self.tenant, TenantId::parse)?;
        let title = parsed(&self.title, Title::parse)?;
        let tags = split(&self.tags)?;
        let search = search_text(title.as_str(), &tags, &self.uploaded_by);
        let as_stored = [&self.title, &self.tags, &self.search];
        if [title.as_str(), &joined(&tags), &search] != as_stored.map(String::as_str) {
            db.prepare_cached(
                "UPDATE images SET title = ?2, tags = ?3, search = ?4 WHERE ordinal = ?1",
            )?
            .execute((self.ordinal, title.as_str(), joined(&tags), &search))?;
            db.prepare_cached("DELETE FROM image_tags WHERE ordinal = ?1")?
                .execute([self.ordinal])?;
            index_tags(db, &tenant, self.ordinal, &tags, self.deleted)?;
        }
        index_search(db, &tenant, self.ordinal, &search, &tags)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::super::{STEPS, migrate};
    use super::*;

    #[test]
    fn an_upgrade_that_is_broken_off_goes_on_where_it_was() {
        let mut db = Connection::open_in_memory().unwrap();
        for step in &STEPS[..3] {
            let change = db.transaction().unwrap();
            change.execute_batch(step.statements).unwrap();
            (step.and_then)(&change).unwrap();
            change.commit().unwrap();
        }
        db.execute_batch(
            "PRAGMA user_version = 3;
             INSERT INTO tenants (name, plan, created_at) VALUES ('ada', 'personal', 0);
             WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5)
             INSERT INTO images (tenant, id, digest, media_type, bytes, width, height,
                 thumbnail_type, title, tags, search, uploaded_by, uploaded_at)
             SELECT 'ada', printf('%x', n), printf('%064x', n), 'image/jpeg', n, 1, 1, 'image/jpeg',
                 'sea', '', 'sea', 'ada', n FROM numbers;",
        )
        .unwrap();
        let change = db.transaction().unwrap();
        assert_eq!(fill_search(&change, 2).unwrap(), Left::More);
        change.commit().unwrap();
        assert_eq!(indexed(&db), [1, 2]);
        let broken_off = db.transaction().unwrap();
        assert_eq!(fill_search(&broken_off, 2).unwrap(), Left::More);
        drop(broken_off);
        assert_eq!(indexed(&db), [1, 2]);
        migrate(&mut db).unwrap();
        assert_eq!(indexed(&db), [1, 2, 3, 4, 5]);
    }

    fn indexed(db: &Connection) -> Vec<i64> {
        let mut rows = db.prepare("SELECT rowid FROM image_search").unwrap();
        let rows = rows.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}
