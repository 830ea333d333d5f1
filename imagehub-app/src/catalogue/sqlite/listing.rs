//! Pages of images, and tags by their beginning.

use imagehub_policy::TenantId;
use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::super::stored::{folded, parsed};
use super::super::{CatalogueError, Cursor, ImageId, ImageQuery, Order, Page, Tag, TagCount};
use super::image_row::{COLUMNS, ImageRow};

#[cfg(test)]
mod tests;

pub(super) fn list(
    db: &Connection,
    tenant: &TenantId,
    query: &ImageQuery,
) -> Result<Page, CatalogueError> {
    let limit = query.page_size();
    let mut rows = db.prepare_cached(&statement(query))?;
    let start = match query.order {
        Order::Newest => i64::MAX,
        Order::Oldest => i64::MIN,
    };
    let found = rows.query_map(
        named_params! {
            ":tenant": tenant.as_str(),
            ":tag": query.tag.as_ref().map(|tag| tag.as_str()),
            ":album": query.album.as_ref().map(|album| album.as_str()),
            ":deleted": query.deleted,
            ":text": query.text.as_deref().map(folded),
            ":after": query.after.map_or(start, |Cursor(ordinal)| ordinal),
            // One more than the page, to know whether there is a next one.
            ":limit": i64::try_from(limit + 1).unwrap_or(i64::MAX),
        },
        ImageRow::read,
    )?;
    let mut images = Vec::new();
    let mut last = None;
    for row in found {
        let row = row?;
        if images.len() == limit {
            return Ok(Page { images, next: last });
        }
        last = Some(Cursor(row.ordinal));
        images.push(row.record()?);
    }
    Ok(Page { images, next: None })
}

pub(super) fn place_of(
    db: &Connection,
    tenant: &TenantId,
    id: &ImageId,
) -> Result<Option<Cursor>, CatalogueError> {
    let mut place = db.prepare_cached(
        "SELECT ordinal FROM images WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NULL",
    )?;
    let ordinal = place.query_row((tenant.as_str(), id.as_str()), |row| row.get(0));
    Ok(ordinal.optional()?.map(Cursor))
}

/// The statement for a query. Each form walks one index in the order asked for and stops at the
/// end of the page; the forms take the same parameters, whether they need them or not.
fn statement(query: &ImageQuery) -> String {
    let album = "album_images.album =
             (SELECT ordinal FROM albums WHERE tenant = :tenant AND id = :album)
         AND album_images.deleted = :deleted";
    let tag = "image_tags.tenant = :tenant AND image_tags.tag = :tag
         AND image_tags.deleted = :deleted";
    let (tables, filter, place) = match (&query.album, &query.tag) {
        (None, None) => (
            "images".to_owned(),
            format!(
                "images.tenant = :tenant AND images.deleted_at IS {} NULL
                 AND :album IS NULL AND :tag IS NULL AND :deleted IS NOT NULL",
                if query.deleted { "NOT" } else { "" }
            ),
            "images.ordinal",
        ),
        (None, Some(_)) => (
            "image_tags CROSS JOIN images USING (ordinal)".to_owned(),
            format!("{tag} AND :album IS NULL"),
            "image_tags.ordinal",
        ),
        (Some(_), None) => (
            "album_images CROSS JOIN images USING (ordinal)".to_owned(),
            format!("{album} AND :tag IS NULL"),
            "album_images.ordinal",
        ),
        (Some(_), Some(_)) => (
            "album_images CROSS JOIN image_tags USING (ordinal)
             CROSS JOIN images ON images.ordinal = album_images.ordinal"
                .to_owned(),
            format!("{album} AND {tag}"),
            "album_images.ordinal",
        ),
    };
    let text = if query.text.is_some() {
        "instr(images.search, :text) > 0"
    } else {
        ":text IS NULL"
    };
    let (beyond, direction) = match query.order {
        Order::Newest => ("<", "DESC"),
        Order::Oldest => (">", "ASC"),
    };
    format!(
        "SELECT {COLUMNS} FROM {tables}
         WHERE {filter} AND {text} AND {place} {beyond} :after
         ORDER BY {place} {direction} LIMIT :limit"
    )
}

pub(super) fn tags(
    db: &Connection,
    tenant: &TenantId,
    prefix: &str,
    limit: usize,
) -> Result<Vec<TagCount>, CatalogueError> {
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
    let mut rows = query.query((tenant.as_str(), prefix, limit))?;
    let mut tags = Vec::new();
    while let Some(row) = rows.next()? {
        tags.push(TagCount {
            tag: parsed(&row.get::<_, String>(0)?, Tag::parse)?,
            images: row.get::<_, i64>(1)?.unsigned_abs(),
        });
    }
    Ok(tags)
}
