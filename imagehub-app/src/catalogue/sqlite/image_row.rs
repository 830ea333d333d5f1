//! An image's row and its record.

use imagehub_policy::{TenantId, Username};
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, named_params};

use super::super::codec::{joined, parsed, search_text, split, stored_time};
use super::super::{CatalogueError, Result};
use crate::domain::texts::folded;
use crate::domain::timestamp::to_millis;
use crate::domain::{Digest, ImageId, ImageRecord, MediaType, Placeholder, Tags, Title};

/// What [`ImageRow::read`] reads.
pub(super) const COLUMNS: &str = "images.ordinal, images.id, images.digest, images.media_type,
    images.bytes, images.width, images.height, images.thumbnail_type, images.placeholder,
    images.title, images.tags, images.uploaded_by, images.uploaded_at, images.deleted_at";

/// A row as SQLite has it.
pub(super) struct ImageRow {
    /// The image's place in the order of arrival.
    pub(super) ordinal: i64,
    id: String,
    digest: String,
    media_type: String,
    bytes: i64,
    width: u32,
    height: u32,
    thumbnail_type: String,
    placeholder: String,
    title: String,
    tags: String,
    uploaded_by: String,
    uploaded_at: i64,
    deleted_at: Option<i64>,
}

impl ImageRow {
    /// Reads a row of [`COLUMNS`].
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            ordinal: row.get(0)?,
            id: row.get(1)?,
            digest: row.get(2)?,
            media_type: row.get(3)?,
            bytes: row.get(4)?,
            width: row.get(5)?,
            height: row.get(6)?,
            thumbnail_type: row.get(7)?,
            placeholder: row.get(8)?,
            title: row.get(9)?,
            tags: row.get(10)?,
            uploaded_by: row.get(11)?,
            uploaded_at: row.get(12)?,
            deleted_at: row.get(13)?,
        })
    }

    pub(super) fn record(self) -> Result<ImageRecord> {
        let media_type = |text: &str| parsed(text, |text| MediaType::parse(text).ok_or(()));
        Ok(ImageRecord {
            id: parsed(&self.id, ImageId::parse)?,
            digest: parsed(&self.digest, |hex| Digest::from_hex(hex).ok_or(()))?,
            media_type: media_type(&self.media_type)?,
            bytes: u64::try_from(self.bytes)
                .map_err(|_| CatalogueError::Damaged(format!("{} bytes", self.bytes)))?,
            width: self.width,
            height: self.height,
            thumbnail_type: media_type(&self.thumbnail_type)?,
            placeholder: parsed(&self.placeholder, |text| {
                Placeholder::decode(text).ok_or(())
            })?,
            title: parsed(&self.title, Title::parse)?,
            tags: split(&self.tags)?,
            uploaded_by: parsed(&self.uploaded_by, Username::parse)?,
            uploaded_at: stored_time(self.uploaded_at)?,
            deleted_at: self.deleted_at.map(stored_time).transpose()?,
        })
    }
}

/// The image, deleted or not, whose `column` (`id` or `digest`) has that value.
pub(super) fn find(
    db: &Connection,
    tenant: &TenantId,
    column: &'static str,
    value: &dyn ToSql,
) -> Result<Option<(i64, ImageRecord)>> {
    let row = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM images WHERE tenant = ?1 AND {column} = ?2"
        ))?
        .query_row((tenant.as_str(), value), ImageRow::read)
        .optional()?;
    row.map(|row| Ok((row.ordinal, row.record()?))).transpose()
}

/// Writes a new row as the tenant's newest image, with its tags. Answers `false`, and does nothing,
/// if there is no such tenant or it has the id or the digest already.
pub(super) fn write(db: &Connection, tenant: &TenantId, image: &ImageRecord) -> Result<bool> {
    let bytes = i64::try_from(image.bytes)
        .map_err(|_| CatalogueError::Damaged("more bytes than can be counted".into()))?;
    let written = db
        .prepare_cached(
            "INSERT INTO images (tenant, id, digest, media_type, bytes, width, height,
             thumbnail_type, placeholder, title, tags, search, uploaded_by, uploaded_at,
             deleted_at)
         SELECT name, :id, :digest, :media_type, :bytes, :width, :height,
             :thumbnail_type, :placeholder, :title, :tags, :search, :uploaded_by, :uploaded_at,
             :deleted_at
         FROM tenants WHERE name = :tenant
         ON CONFLICT DO NOTHING",
        )?
        .execute(named_params! {
            ":tenant": tenant.as_str(),
            ":id": image.id.as_str(),
            ":digest": image.digest.hex(),
            ":media_type": image.media_type.as_str(),
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
            ":deleted_at": image.deleted_at.map(to_millis),
        })?;
    if written > 0 {
        let ordinal = db.last_insert_rowid();
        index_tags(db, tenant, ordinal, &image.tags, image.deleted_at.is_some())?;
    }
    Ok(written > 0)
}

/// Makes an image found by these tags.
pub(super) fn index_tags(
    db: &Connection,
    tenant: &TenantId,
    ordinal: i64,
    tags: &Tags,
    deleted: bool,
) -> Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO image_tags (tenant, tag, deleted, ordinal, folded)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for tag in tags.iter().map(|tag| tag.as_str()) {
        insert.execute((tenant.as_str(), tag, deleted, ordinal, folded(tag)))?;
    }
    Ok(())
}
