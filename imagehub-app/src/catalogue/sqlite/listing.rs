//! Pages of images.

use imagehub_policy::TenantId;
use rusqlite::{Connection, ToSql};

use self::way::{Way, index_query};
use super::super::{Cursor, ImageQuery, Page, Result};
use super::image_row;
use crate::domain::{AlbumId, Tag};

mod way;

#[cfg(test)]
mod tests;

pub(super) fn list(db: &Connection, tenant: &TenantId, query: &ImageQuery) -> Result<Page> {
    let mut statement = db.prepare_cached(&Way::of(query).statement(query))?;
    let start = match query.order.is_newest_first() {
        true => i64::MAX,
        false => i64::MIN,
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
        images.push(image_row::read(row)?.1);
        last = Some(Cursor(row.get("place")?));
    }
    Ok(Page { images, next: None })
}
