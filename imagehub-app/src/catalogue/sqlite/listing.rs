//! Pages of images, and tags by their beginning.

use imagehub_policy::TenantId;
use rusqlite::{Connection, OptionalExtension as _, ToSql};

use self::way::{Way, index_query};
use super::super::codec::parsed;
use super::super::{CatalogueError, Cursor, ImageQuery, Order, Page};
use super::image_row::ImageRow;
use crate::domain::texts::folded;
use crate::domain::{AlbumId, ImageId, Tag, TagCount};

mod way;

#[cfg(test)]
mod tests;

pub(super) fn list(
    db: &Connection,
    tenant: &TenantId,
    query: &ImageQuery,
) -> Result<Page, CatalogueError> {
    let mut statement = db.prepare_cached(&Way::of(query).statement(query))?;
    let start = match query.order {
        Order::Newest => i64::MAX,
        Order::Oldest => i64::MIN,
    };
    let parameters: [(&str, &dyn ToSql); 7] = [
        (":tenant", &tenant.as_str()),
        (":tag", &query.tag.as_ref().map(Tag::as_str)),
        (":album", &query.album.as_ref().map(AlbumId::as_str)),
        (":deleted", &query.deleted),
        (":text", &query.folded_text()),
        (":match", &index_query(tenant, query)),
        (":after", &query.after.map_or(start, |Cursor(place)| place)),
    ];
    for (name, value) in parameters {
        if let Some(index) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    let (mut images, mut last) = (Vec::new(), None);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        if images.len() == query.page_size() {
            return Ok(Page { images, next: last });
        }
        let row = ImageRow::read(row)?;
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
