//! Images, newest first.

use imagehub_policy::{TenantId, Username};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, named_params, params};

use super::super::moment::{from_millis, to_millis};
use super::super::stored::{joined, parsed, search_text, split};
use super::super::{
    CatalogueError, Cursor, Digest, ImageEdit, ImageId, ImageQuery, ImageRecord, Inserted,
    MediaType, NewImage, Page, Placeholder, Tags, Title,
};

const COLUMNS: &str = "ordinal, id, digest, media_type, bytes, width, height, thumbnail_type,
    title, tags, uploaded_by, uploaded_at";

pub(super) fn insert(db: &Transaction<'_>, new: &NewImage) -> Result<Inserted, CatalogueError> {
    if let Some(existing) = find_by_digest(db, &new.tenant, &new.digest)? {
        return Ok(Inserted::Duplicate(existing));
    }
    if super::tenants::find(db, &new.tenant)?.is_none() {
        return Err(CatalogueError::NotFound);
    }
    let bytes = i64::try_from(new.bytes)
        .map_err(|_| CatalogueError::Damaged("more bytes than can be counted".into()))?;
    db.execute(
        "INSERT INTO images (tenant, id, digest, media_type, bytes, width, height,
             thumbnail_type, title, tags, search, uploaded_by, uploaded_at)
         VALUES (:tenant, :id, :digest, :media_type, :bytes, :width, :height,
             :thumbnail_type, :title, :tags, :search, :uploaded_by, :uploaded_at)",
        named_params! {
            ":tenant": new.tenant.as_str(),
            ":id": new.id.as_str(),
            ":digest": new.digest.hex(),
            ":media_type": new.media_type.as_str(),
            ":bytes": bytes,
            ":width": new.width,
            ":height": new.height,
            ":thumbnail_type": new.thumbnail_type.as_str(),
            ":title": new.title.as_str(),
            ":tags": joined(&new.tags),
            ":search": search_text(new.title.as_str(), &new.tags, new.uploaded_by.as_str()),
            ":uploaded_by": new.uploaded_by.as_str(),
            ":uploaded_at": to_millis(new.uploaded_at),
        },
    )?;
    index_tags(db, &new.tenant, db.last_insert_rowid(), &new.tags)?;
    let (_, record) = find_row(db, &new.tenant, &new.id)?.ok_or(CatalogueError::NotFound)?;
    Ok(Inserted::New(record))
}

pub(super) fn find(
    db: &Connection,
    tenant: &TenantId,
    id: &ImageId,
) -> Result<Option<ImageRecord>, CatalogueError> {
    Ok(find_row(db, tenant, id)?.map(|(_, record)| record))
}

pub(super) fn find_by_digest(
    db: &Connection,
    tenant: &TenantId,
    digest: &Digest,
) -> Result<Option<ImageRecord>, CatalogueError> {
    let row = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM images WHERE tenant = ?1 AND digest = ?2"
        ))?
        .query_row(params![tenant.as_str(), digest.hex()], StoredImage::read)
        .optional()?;
    row.map(StoredImage::record).transpose()
}

pub(super) fn list(
    db: &Connection,
    tenant: &TenantId,
    query: &ImageQuery,
) -> Result<Page, CatalogueError> {
    let limit = query.page_size();
    let from = if query.tag.is_some() {
        "image_tags JOIN images USING (ordinal)
         WHERE image_tags.tenant = :tenant AND image_tags.tag = :tag
           AND image_tags.ordinal < :before"
    } else {
        "images WHERE tenant = :tenant AND :tag IS NULL AND ordinal < :before"
    };
    let mut rows = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {from} AND (:text IS NULL OR instr(search, :text) > 0)
         ORDER BY ordinal DESC LIMIT :limit"
    ))?;
    let found = rows.query_map(
        named_params! {
            ":tenant": tenant.as_str(),
            ":tag": query.tag.as_ref().map(|tag| tag.as_str()),
            ":before": query.after.map_or(i64::MAX, |Cursor(ordinal)| ordinal),
            ":text": query.text.as_ref().map(|text| text.to_lowercase()),
            // One more than the page, to know whether there is a next one.
            ":limit": i64::try_from(limit + 1).unwrap_or(i64::MAX),
        },
        StoredImage::read,
    )?;
    let mut images = Vec::new();
    let mut last = None;
    for stored in found {
        let stored = stored?;
        if images.len() == limit {
            return Ok(Page { images, next: last });
        }
        last = Some(Cursor(stored.ordinal));
        images.push(stored.record()?);
    }
    Ok(Page { images, next: None })
}

pub(super) fn edit(
    db: &Transaction<'_>,
    tenant: &TenantId,
    id: &ImageId,
    edit: &ImageEdit,
) -> Result<ImageRecord, CatalogueError> {
    let (ordinal, mut record) = find_row(db, tenant, id)?.ok_or(CatalogueError::NotFound)?;
    if let Some(title) = &edit.title {
        record.title = title.clone();
    }
    if let Some(tags) = &edit.tags {
        record.tags = tags.clone();
        db.execute("DELETE FROM image_tags WHERE ordinal = ?1", [ordinal])?;
        index_tags(db, tenant, ordinal, tags)?;
    }
    let title = record.title.as_str();
    db.execute(
        "UPDATE images SET title = ?2, tags = ?3, search = ?4 WHERE ordinal = ?1",
        params![
            ordinal,
            title,
            joined(&record.tags),
            search_text(title, &record.tags, record.uploaded_by.as_str()),
        ],
    )?;
    Ok(record)
}

pub(super) fn delete(
    db: &Transaction<'_>,
    tenant: &TenantId,
    id: &ImageId,
) -> Result<ImageRecord, CatalogueError> {
    let (ordinal, record) = find_row(db, tenant, id)?.ok_or(CatalogueError::NotFound)?;
    db.execute("DELETE FROM images WHERE ordinal = ?1", [ordinal])?;
    Ok(record)
}

fn find_row(
    db: &Connection,
    tenant: &TenantId,
    id: &ImageId,
) -> Result<Option<(i64, ImageRecord)>, CatalogueError> {
    let row = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM images WHERE tenant = ?1 AND id = ?2"
        ))?
        .query_row(params![tenant.as_str(), id.as_str()], StoredImage::read)
        .optional()?;
    row.map(|stored| Ok((stored.ordinal, stored.record()?)))
        .transpose()
}

fn index_tags(
    db: &Connection,
    tenant: &TenantId,
    ordinal: i64,
    tags: &Tags,
) -> Result<(), CatalogueError> {
    let mut insert =
        db.prepare_cached("INSERT INTO image_tags (tenant, tag, ordinal) VALUES (?1, ?2, ?3)")?;
    for tag in tags.iter() {
        insert.execute(params![tenant.as_str(), tag.as_str(), ordinal])?;
    }
    Ok(())
}

/// A row as SQLite has it.
struct StoredImage {
    ordinal: i64,
    id: String,
    digest: String,
    media_type: String,
    bytes: i64,
    width: u32,
    height: u32,
    thumbnail_type: String,
    title: String,
    tags: String,
    uploaded_by: String,
    uploaded_at: i64,
}

impl StoredImage {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            ordinal: row.get("ordinal")?,
            id: row.get("id")?,
            digest: row.get("digest")?,
            media_type: row.get("media_type")?,
            bytes: row.get("bytes")?,
            width: row.get("width")?,
            height: row.get("height")?,
            thumbnail_type: row.get("thumbnail_type")?,
            title: row.get("title")?,
            tags: row.get("tags")?,
            uploaded_by: row.get("uploaded_by")?,
            uploaded_at: row.get("uploaded_at")?,
        })
    }

    fn record(self) -> Result<ImageRecord, CatalogueError> {
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
            title: parsed(&self.title, Title::parse)?,
            tags: split(&self.tags)?,
            uploaded_by: parsed(&self.uploaded_by, Username::parse)?,
            uploaded_at: from_millis(self.uploaded_at)?,
            placeholder: Placeholder::default(),
            deleted_at: None,
        })
    }
}
