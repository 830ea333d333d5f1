//! Recording, editing, deleting and restoring images.

use imagehub_policy::TenantId;
use rusqlite::{Connection, Transaction, params};
use time::OffsetDateTime;

use super::super::codec::{edited, joined, parsed, search_text};
use super::super::{CatalogueError, Inserted};
use super::image_row::{self, index_tags};
use super::tenants::usage;
use crate::domain::timestamp::to_millis;
use crate::domain::{Digest, ImageEdit, ImageId, ImageRecord, NewImage};

/// Images forgotten at a time by [`purge_deleted_before`].
const PURGE_BATCH: u32 = 100;

pub(super) fn insert(
    db: &Transaction<'_>,
    new: &NewImage,
    quota: Option<u64>,
) -> Result<Inserted, CatalogueError> {
    let tenant = &new.tenant;
    if let Some((ordinal, existing)) = image_row::find(db, tenant, "digest", &new.digest.hex())? {
        return Ok(match existing.deleted_at {
            None => Inserted::Duplicate(existing),
            Some(_) => Inserted::Restored(undelete(db, ordinal, existing)?),
        });
    }
    let used = usage(db, tenant)?.ok_or(CatalogueError::NotFound)?;
    let used = used.counted_bytes();
    if let Some(quota) = quota
        && used.saturating_add(new.bytes) > quota
    {
        return Err(CatalogueError::QuotaExceeded { used, quota });
    }
    if !image_row::write(db, tenant, &new.clone().into())? {
        let id = &new.id;
        return Err(CatalogueError::Damaged(format!("{id} is another image's")));
    }
    Ok(Inserted::New(recorded(db, tenant, &new.id)?.1))
}

pub(super) fn find_recorded(
    db: &Connection,
    tenant: &TenantId,
    id: &ImageId,
) -> Result<Option<ImageRecord>, CatalogueError> {
    let found = image_row::find(db, tenant, "id", &id.as_str())?;
    Ok(found.map(|(_, record)| record))
}

pub(super) fn is_recorded(
    db: &Connection,
    tenant: &TenantId,
    id: &ImageId,
) -> Result<bool, CatalogueError> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM images WHERE tenant = ?1 AND id = ?2)")?
        .query_row((tenant.as_str(), id.as_str()), |row| row.get(0))?)
}

pub(super) fn find_by_digest(
    db: &Connection,
    tenant: &TenantId,
    digest: &Digest,
) -> Result<Option<ImageRecord>, CatalogueError> {
    let found = image_row::find(db, tenant, "digest", &digest.hex())?;
    Ok(found.map(|(_, record)| record))
}

pub(super) fn edit(
    db: &Transaction<'_>,
    tenant: &TenantId,
    id: &ImageId,
    edit: &ImageEdit,
) -> Result<ImageRecord, CatalogueError> {
    let (ordinal, mut record) = live(db, tenant, id)?;
    (record.title, record.tags) = edited(&record, edit)?;
    db.execute("DELETE FROM image_tags WHERE ordinal = ?1", [ordinal])?;
    index_tags(db, tenant, ordinal, &record.tags, false)?;
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
}

pub(super) fn delete(
    db: &Transaction<'_>,
    tenant: &TenantId,
    id: &ImageId,
    now: OffsetDateTime,
) -> Result<ImageRecord, CatalogueError> {
    let (ordinal, _) = live(db, tenant, id)?;
    db.execute(
        "UPDATE images SET deleted_at = ?2 WHERE ordinal = ?1",
        (ordinal, to_millis(now)),
    )?;
    Ok(recorded(db, tenant, id)?.1)
}

pub(super) fn restore(
    db: &Transaction<'_>,
    tenant: &TenantId,
    id: &ImageId,
) -> Result<ImageRecord, CatalogueError> {
    let (ordinal, record) = recorded(db, tenant, id)?;
    undelete(db, ordinal, record)
}

pub(super) fn purge(
    db: &Transaction<'_>,
    tenant: &TenantId,
    id: &ImageId,
) -> Result<(), CatalogueError> {
    let (ordinal, record) = recorded(db, tenant, id)?;
    let deleted_at = record.deleted_at.ok_or(CatalogueError::NotFound)?;
    forget(db, tenant, ordinal, id, to_millis(deleted_at))
}

pub(super) fn purge_deleted_before(
    db: &Transaction<'_>,
    time: OffsetDateTime,
) -> Result<Vec<(TenantId, ImageId)>, CatalogueError> {
    let mut query = db.prepare_cached(
        "SELECT ordinal, tenant, id, deleted_at FROM images WHERE deleted_at < ?1
         ORDER BY deleted_at LIMIT ?2",
    )?;
    let found = query
        .query_map((to_millis(time), PURGE_BATCH), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect::<rusqlite::Result<Vec<(i64, String, String, i64)>>>()?;
    let mut purged = Vec::with_capacity(found.len());
    for (ordinal, tenant, id, deleted_at) in found {
        let (tenant, id) = (
            parsed(&tenant, TenantId::parse)?,
            parsed(&id, ImageId::parse)?,
        );
        forget(db, &tenant, ordinal, &id, deleted_at)?;
        purged.push((tenant, id));
    }
    Ok(purged)
}

/// Forgets an image for good. Its links are over since it was deleted, and stay known as such.
fn forget(
    db: &Transaction<'_>,
    tenant: &TenantId,
    ordinal: i64,
    id: &ImageId,
    deleted_at: i64,
) -> Result<(), CatalogueError> {
    db.prepare_cached("DELETE FROM images WHERE ordinal = ?1")?
        .execute([ordinal])?;
    db.prepare_cached(
        "UPDATE shares SET revoked_at = ?3
         WHERE tenant = ?1 AND image = ?2 AND revoked_at IS NULL",
    )?
    .execute((tenant.as_str(), id.as_str(), deleted_at))?;
    Ok(())
}

fn undelete(
    db: &Transaction<'_>,
    ordinal: i64,
    mut record: ImageRecord,
) -> Result<ImageRecord, CatalogueError> {
    db.execute(
        "UPDATE images SET deleted_at = NULL WHERE ordinal = ?1",
        [ordinal],
    )?;
    record.deleted_at = None;
    Ok(record)
}

fn recorded(
    db: &Connection,
    tenant: &TenantId,
    id: &ImageId,
) -> Result<(i64, ImageRecord), CatalogueError> {
    image_row::find(db, tenant, "id", &id.as_str())?.ok_or(CatalogueError::NotFound)
}

/// The image of that id, unless it is deleted.
pub(super) fn live(
    db: &Connection,
    tenant: &TenantId,
    id: &ImageId,
) -> Result<(i64, ImageRecord), CatalogueError> {
    let found = recorded(db, tenant, id)?;
    match found.1.deleted_at {
        None => Ok(found),
        Some(_) => Err(CatalogueError::NotFound),
    }
}
