//! An image's row and its record.

use imagehub_policy::{TenantId, Username};
use rusqlite::{Connection, Row, ToSql, named_params};

use super::super::codec::{
    camera_text, joined, search_text, split, stored_camera, stored_time, stored_wall_time,
};
use super::super::{CatalogueError, Result};
use super::rows::{self, text};
use crate::domain::texts::folded;
use crate::domain::timestamp::to_millis;
use crate::domain::{Digest, ImageId, ImageRecord, MediaType, Placeholder, Tags, Title, WallTime};

/// What [`read`] reads.
pub(super) const COLUMNS: &str =
    "images.ordinal, images.id, images.digest, images.crc32, images.media_type,
    images.bytes, images.width, images.height, images.thumbnail_type, images.placeholder,
    images.title, images.tags, images.uploaded_by, images.uploaded_at, images.deleted_at,
    images.taken_at, images.camera, images.animated";

/// Reads a row of [`COLUMNS`]: the image and its place in the order of arrival.
pub(super) fn read(row: &Row<'_>) -> Result<(i64, ImageRecord)> {
    let media_type = |column| text(row, column, |stored| MediaType::parse(stored).ok_or(()));
    let bytes: i64 = row.get(5)?;
    let (deleted_at, taken_at): (Option<i64>, Option<i64>) = (row.get(14)?, row.get(15)?);
    let camera: Option<String> = row.get(16)?;
    let record = ImageRecord {
        id: text(row, 1, ImageId::parse)?,
        digest: text(row, 2, |hex| Digest::from_hex(hex).ok_or(()))?,
        crc32: row.get(3)?,
        media_type: media_type(4)?,
        animated: row.get(17)?,
        bytes: u64::try_from(bytes)
            .map_err(|_| CatalogueError::Damaged(format!("{bytes} bytes")))?,
        width: row.get(6)?,
        height: row.get(7)?,
        thumbnail_type: media_type(8)?,
        placeholder: text(row, 9, |stored| Placeholder::decode(stored).ok_or(()))?,
        title: text(row, 10, Title::parse)?,
        tags: split(&row.get::<_, String>(11)?)?,
        uploaded_by: text(row, 12, Username::parse)?,
        uploaded_at: stored_time(row.get(13)?)?,
        taken_at: taken_at.map(stored_wall_time).transpose()?,
        camera: camera.as_deref().map(stored_camera).transpose()?,
        deleted_at: deleted_at.map(stored_time).transpose()?,
    };
    Ok((row.get(0)?, record))
}

/// The image, deleted or not, whose `column` (`id` or `digest`) has that value.
pub(super) fn find(
    db: &Connection,
    tenant: &TenantId,
    column: &'static str,
    value: &dyn ToSql,
) -> Result<Option<(i64, ImageRecord)>> {
    let query = format!("SELECT {COLUMNS} FROM images WHERE tenant = ?1 AND {column} = ?2");
    rows::first(db, &query, (tenant.as_str(), value), read)
}

/// Writes a new row as the tenant's newest image, with its tags. Answers `false`, and does nothing,
/// if there is no such tenant or it has the id or the digest already.
pub(super) fn write(db: &Connection, tenant: &TenantId, image: &ImageRecord) -> Result<bool> {
    let bytes = i64::try_from(image.bytes)
        .map_err(|_| CatalogueError::Damaged("more bytes than can be counted".into()))?;
    let written = db
        .prepare_cached(
            "INSERT INTO images (tenant, id, digest, crc32, media_type, animated, bytes, width, height,
             thumbnail_type, placeholder, title, tags, search, uploaded_by, uploaded_at,
             taken_at, camera, deleted_at)
         SELECT name, :id, :digest, :crc32, :media_type, :animated, :bytes, :width, :height,
             :thumbnail_type, :placeholder, :title, :tags, :search, :uploaded_by, :uploaded_at,
             :taken_at, :camera, :deleted_at
         FROM tenants WHERE name = :tenant
         ON CONFLICT DO NOTHING",
        )?
        .execute(named_params! {
            ":tenant": tenant.as_str(),
            ":id": image.id.as_str(),
            ":digest": image.digest.hex(),
            ":crc32": image.crc32,
            ":media_type": image.media_type.as_str(),
            ":animated": image.animated,
            ":bytes": bytes,
            ":width": image.width,
            ":height": image.height,
            ":thumbnail_type": image.thumbnail_type.as_str(),
            ":placeholder": image.placeholder.encode(),
            ":title": image.title.as_str(),
            ":tags": joined(&image.tags),
            ":search": search_text(image),
            ":uploaded_by": image.uploaded_by.as_str(),
            ":uploaded_at": to_millis(image.uploaded_at),
            ":taken_at": image.taken_at.map(WallTime::seconds),
            ":camera": image.camera.as_ref().map(camera_text),
            ":deleted_at": image.deleted_at.map(to_millis),
        })?;
    if written > 0 {
        index_tags(db, db.last_insert_rowid(), &image.tags)?;
    }
    Ok(written > 0)
}

/// Makes an image found by these tags.
pub(super) fn index_tags(db: &Connection, ordinal: i64, tags: &Tags) -> Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO image_tags (tenant, tag, deleted, ordinal, taken_order, folded)
         SELECT tenant, ?2, deleted_at IS NOT NULL, ordinal, taken_order, ?3
         FROM images WHERE ordinal = ?1",
    )?;
    for tag in tags.iter().map(|tag| tag.as_str()) {
        insert.execute((ordinal, tag, folded(tag)))?;
    }
    Ok(())
}
