//! Images.

use async_trait::async_trait;
use imagehub_policy::TenantId;
use rusqlite::{Connection, Transaction, params};
use time::OffsetDateTime;

use super::super::codec::{edited, joined, search_text};
use super::super::{CatalogueError, Cursor, ImageQuery, Images, Inserted, Page, Result};
use super::image_row::{self, index_tags};
use super::rows::{self, text};
use super::tenants::usage;
use super::{SqliteCatalogue, listing};
use crate::domain::texts::folded;
use crate::domain::timestamp::to_millis;
use crate::domain::{Digest, ImageEdit, ImageId, ImageRecord, Tag, TagCount};

/// Images forgotten at a time.
const PURGE_BATCH: u32 = 100;

#[async_trait]
impl Images for SqliteCatalogue {
    async fn insert_image(
        &self,
        tenant: &TenantId,
        image: &ImageRecord,
        quota: Option<u64>,
    ) -> Result<Inserted> {
        let (tenant, image) = (tenant.clone(), image.clone());
        self.write(move |db| {
            if let Some((ordinal, existing)) =
                image_row::find(db, &tenant, "digest", &image.digest.hex())?
            {
                return Ok(match existing.deleted_at {
                    None => Inserted::Duplicate(existing),
                    Some(_) => Inserted::Restored(undelete(db, ordinal, existing)?),
                });
            }
            let used = usage(db, &tenant)?.ok_or(CatalogueError::NotFound)?;
            let used = used.counted_bytes();
            if let Some(quota) = quota
                && used.saturating_add(image.bytes) > quota
            {
                return Err(CatalogueError::QuotaExceeded { used, quota });
            }
            if !image_row::write(db, &tenant, &image)? {
                let id = &image.id;
                return Err(CatalogueError::Damaged(format!("{id} is another image's")));
            }
            Ok(Inserted::New(recorded(db, &tenant, &image.id)?.1))
        })
        .await
    }

    async fn find_recorded(&self, tenant: &TenantId, id: &ImageId) -> Result<Option<ImageRecord>> {
        self.look_up(|db| {
            let found = image_row::find(db, tenant, "id", &id.as_str())?;
            Ok(found.map(|(_, record)| record))
        })
    }

    async fn is_recorded(&self, tenant: &TenantId, id: &ImageId) -> Result<bool> {
        self.look_up(|db| {
            Ok(db
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM images WHERE tenant = ?1 AND id = ?2)",
                )?
                .query_row((tenant.as_str(), id.as_str()), |row| row.get(0))?)
        })
    }

    async fn find_by_digest(
        &self,
        tenant: &TenantId,
        digest: &Digest,
    ) -> Result<Option<ImageRecord>> {
        self.look_up(|db| {
            let found = image_row::find(db, tenant, "digest", &digest.hex())?;
            Ok(found.map(|(_, record)| record))
        })
    }

    async fn edit_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        edit: &ImageEdit,
    ) -> Result<ImageRecord> {
        let (tenant, id, edit) = (tenant.clone(), id.clone(), edit.clone());
        self.write(move |db| {
            let (ordinal, mut record) = live(db, &tenant, &id)?;
            (record.title, record.tags) = edited(&record, &edit)?;
            db.execute("DELETE FROM image_tags WHERE ordinal = ?1", [ordinal])?;
            index_tags(db, ordinal, &record.tags)?;
            db.execute(
                "UPDATE images SET title = ?2, tags = ?3, search = ?4 WHERE ordinal = ?1",
                params![
                    ordinal,
                    record.title.as_str(),
                    joined(&record.tags),
                    search_text(&record)
                ],
            )?;
            Ok(record)
        })
        .await
    }

    async fn delete_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        now: OffsetDateTime,
    ) -> Result<ImageRecord> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write(move |db| {
            let (ordinal, _) = live(db, &tenant, &id)?;
            db.execute(
                "UPDATE images SET deleted_at = ?2 WHERE ordinal = ?1",
                (ordinal, to_millis(now)),
            )?;
            Ok(recorded(db, &tenant, &id)?.1)
        })
        .await
    }

    async fn restore_image(&self, tenant: &TenantId, id: &ImageId) -> Result<ImageRecord> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write(move |db| {
            let (ordinal, record) = recorded(db, &tenant, &id)?;
            undelete(db, ordinal, record)
        })
        .await
    }

    async fn purge_image(&self, tenant: &TenantId, id: &ImageId) -> Result<()> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write(move |db| {
            let (ordinal, record) = recorded(db, &tenant, &id)?;
            let deleted_at = record.deleted_at.ok_or(CatalogueError::NotFound)?;
            forget(db, &tenant, ordinal, &id, to_millis(deleted_at))
        })
        .await
    }

    async fn purge_deleted_before(&self, time: OffsetDateTime) -> Result<Vec<(TenantId, ImageId)>> {
        self.write(move |db| {
            let gone = rows::all(
                db,
                "SELECT ordinal, tenant, id, deleted_at FROM images WHERE deleted_at < ?1
                 ORDER BY deleted_at LIMIT ?2",
                (to_millis(time), PURGE_BATCH),
                |row| {
                    let place = (
                        text(row, 1, TenantId::parse)?,
                        text(row, 2, ImageId::parse)?,
                    );
                    Ok((row.get(0)?, place, row.get(3)?))
                },
            )?;
            for (ordinal, (tenant, id), deleted_at) in &gone {
                forget(db, tenant, *ordinal, id, *deleted_at)?;
            }
            Ok(gone.into_iter().map(|(_, place, _)| place).collect())
        })
        .await
    }

    async fn image_ids(&self, tenant: &TenantId) -> Result<Vec<ImageId>> {
        let tenant = tenant.clone();
        self.read(move |db| {
            rows::all(
                db,
                "SELECT id FROM images WHERE tenant = ?1",
                [tenant.as_str()],
                |row| text(row, 0, ImageId::parse),
            )
        })
        .await
    }

    async fn list_images(&self, tenant: &TenantId, query: &ImageQuery) -> Result<Page> {
        let (tenant, query) = (tenant.clone(), query.clone());
        self.read(move |db| listing::list(db, &tenant, &query))
            .await
    }

    async fn place_of(&self, tenant: &TenantId, id: &ImageId) -> Result<Option<Cursor>> {
        self.look_up(|db| {
            rows::first(
                db,
                "SELECT ordinal FROM images WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NULL",
                (tenant.as_str(), id.as_str()),
                |row| Ok(Cursor(row.get(0)?)),
            )
        })
    }

    async fn tags(&self, tenant: &TenantId, prefix: &str, limit: usize) -> Result<Vec<TagCount>> {
        let (tenant, prefix) = (tenant.clone(), prefix.to_owned());
        self.read(move |db| {
            let prefix = folded(prefix.trim_start());
            // Without a prefix the index by use is walked, with one that by text.
            let filter = if prefix.is_empty() {
                "?2 = ''"
            } else {
                "folded >= ?2 AND folded < ?2 || char(1114111)"
            };
            let mut query = db.prepare_cached(&format!(
                "SELECT tag, images FROM tags WHERE tenant = ?1 AND {filter}
                 ORDER BY images DESC, tag LIMIT ?3"
            ))?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut rows = query.query((tenant.as_str(), &prefix, limit))?;
            let mut tags = Vec::new();
            while let Some(row) = rows.next()? {
                tags.push(TagCount {
                    tag: text(row, 0, Tag::parse)?,
                    images: row.get::<_, i64>(1)?.unsigned_abs(),
                });
            }
            Ok(tags)
        })
        .await
    }
}

/// Forgets an image for good. Its links are over since it was deleted, and stay known as such.
fn forget(
    db: &Transaction<'_>,
    tenant: &TenantId,
    ordinal: i64,
    id: &ImageId,
    deleted_at: i64,
) -> Result<()> {
    db.prepare_cached("DELETE FROM images WHERE ordinal = ?1")?
        .execute([ordinal])?;
    db.prepare_cached(
        "UPDATE shares SET revoked_at = ?3
         WHERE tenant = ?1 AND image = ?2 AND revoked_at IS NULL",
    )?
    .execute((tenant.as_str(), id.as_str(), deleted_at))?;
    Ok(())
}

fn undelete(db: &Transaction<'_>, ordinal: i64, mut record: ImageRecord) -> Result<ImageRecord> {
    db.execute(
        "UPDATE images SET deleted_at = NULL WHERE ordinal = ?1",
        [ordinal],
    )?;
    record.deleted_at = None;
    Ok(record)
}

fn recorded(db: &Connection, tenant: &TenantId, id: &ImageId) -> Result<(i64, ImageRecord)> {
    image_row::find(db, tenant, "id", &id.as_str())?.ok_or(CatalogueError::NotFound)
}

/// The image of that id, unless it is deleted.
pub(super) fn live(db: &Connection, tenant: &TenantId, id: &ImageId) -> Result<(i64, ImageRecord)> {
    let found = recorded(db, tenant, id)?;
    match found.1.deleted_at {
        None => Ok(found),
        Some(_) => Err(CatalogueError::NotFound),
    }
}
