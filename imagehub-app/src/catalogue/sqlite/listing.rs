//! Pages of images, and tags by their beginning.

use imagehub_policy::TenantId;
use rusqlite::{Connection, OptionalExtension as _, ToSql};

use self::way::Way;
use super::super::image::MOST_LOOKED_AT;
use super::super::search::{Term, terms_of_query};
use super::super::stored::{folded, parsed};
use super::super::{
    AlbumId, CatalogueError, Cursor, ImageId, ImageQuery, Order, Page, Tag, TagCount,
};
use super::image_row::{COLUMNS, ImageRow};

mod way;

#[cfg(test)]
mod tests;

pub(super) fn list(
    db: &Connection,
    tenant: &TenantId,
    query: &ImageQuery,
) -> Result<Page, CatalogueError> {
    let way = Way::shortest(db, tenant, query)?;
    let (places, next) = places(db, tenant, query, way)?;
    let mut record =
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM images WHERE ordinal = ?1"))?;
    let images = places
        .into_iter()
        .map(|place| record.query_row([place], ImageRow::read)?.record())
        .collect::<Result<_, CatalogueError>>()?;
    Ok(Page { images, next })
}

/// The ordinals of a page's images, and where the next page begins, if there is one.
fn places(
    db: &Connection,
    tenant: &TenantId,
    query: &ImageQuery,
    way: Way,
) -> Result<(Vec<i64>, Option<Cursor>), CatalogueError> {
    let limit = query.page_size();
    let mut statement = db.prepare_cached(&way.statement(query))?;
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
        (":terms", &terms(tenant, query)),
        (
            ":after",
            &query.after.map_or(start, |Cursor(ordinal)| ordinal),
        ),
    ];
    for (name, value) in parameters {
        if let Some(index) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    let mut rows = statement.raw_query();
    let (mut found, mut looked_at, mut last) = (Vec::new(), 0, None);
    while let Some(row) = rows.next()? {
        if looked_at == MOST_LOOKED_AT {
            return Ok((found, last.map(Cursor)));
        }
        looked_at += 1;
        let place = row.get(0)?;
        if row.get(1)? {
            if found.len() == limit {
                let end = found.last().copied();
                return Ok((found, end.map(Cursor)));
            }
            found.push(place);
        }
        last = Some(place);
    }
    Ok((found, None))
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

/// What the images of a search are found by, as the index is asked for them.
fn terms(tenant: &TenantId, query: &ImageQuery) -> String {
    let text = query.folded_text().unwrap_or_default();
    let tag = query.tag.as_ref().map(|tag| Term::tag(tenant, tag));
    let terms = terms_of_query(tenant, &text).into_iter().chain(tag);
    let quoted: Vec<String> = terms.map(|term| format!("\"{}\"", term.hex())).collect();
    quoted.join(" AND ")
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
