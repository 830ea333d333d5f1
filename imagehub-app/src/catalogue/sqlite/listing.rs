//! Pages of images, and tags by their beginning.

use imagehub_policy::TenantId;
use rusqlite::{Connection, OptionalExtension as _, Statement, ToSql};

use self::way::Way;
use super::super::image::MOST_LOOKED_AT;
use super::super::search::{Term, pieces_of_query};
use super::super::stored::{folded, parsed};
use super::super::{
    AlbumId, CatalogueError, Cursor, ImageId, ImageQuery, Order, Page, Tag, TagCount,
};
use super::image_row::{COLUMNS, ImageRow};

mod rare;
mod way;

#[cfg(test)]
mod tests;

pub(super) fn list(
    db: &Connection,
    tenant: &TenantId,
    query: &ImageQuery,
) -> Result<Page, CatalogueError> {
    let (walk, next) = walk(db, tenant, query)?;
    let mut record =
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM images WHERE ordinal = ?1"))?;
    let images = walk
        .found
        .into_iter()
        .map(|place| record.query_row([place], ImageRow::read)?.record())
        .collect::<Result<_, CatalogueError>>()?;
    Ok(Page { images, next })
}

/// Goes through images until a page is full, and tells where the next one begins, if there is one.
fn walk<'a>(
    db: &'a Connection,
    tenant: &'a TenantId,
    query: &'a ImageQuery,
) -> Result<(Walk<'a>, Option<Cursor>), CatalogueError> {
    let way = Way::shortest(db, tenant, query)?;
    let mut walk = Walk {
        db,
        tenant,
        query,
        statement: way.statement(query),
        found: Vec::new(),
        looked_at: 0,
        last: query.after,
    };
    let pieces = pieces_of_query(tenant, query);
    let mut stop = Stop::LookedAtMost;
    if way == Way::Search {
        let rare = rare::terms(db, tenant, query, &pieces)?;
        if rare.len() < pieces.len() {
            stop = walk.go_on(&rare, query.page_size() + MANY_IN_VAIN)?;
        }
    }
    let all: Vec<Term> = pieces.iter().map(|piece| piece.term).collect();
    let leap = way.leap(query);
    while let Stop::LookedAtMost = stop
        && walk.looked_at < MOST_LOOKED_AT
    {
        stop = match &leap {
            None => walk.go_on(&all, MOST_LOOKED_AT)?,
            Some(leap) if walk.looked_at == 0 || walk.leap(leap)? => {
                walk.go_on(&all, MOST_LOOKED_AT.min(walk.looked_at + STRETCH))?
            }
            Some(_) => Stop::AllSeen,
        };
    }
    let next = match stop {
        Stop::PageIsFull => walk.found.last().copied().map(Cursor),
        Stop::LookedAtMost => walk.last,
        Stop::AllSeen => None,
    };
    Ok((walk, next))
}

/// Images looked at in vain before a search goes by all of its terms instead of the rare ones.
const MANY_IN_VAIN: usize = 500;

/// Images looked at between two leaps.
const STRETCH: usize = 500;

/// The images gone through for a page.
struct Walk<'a> {
    db: &'a Connection,
    tenant: &'a TenantId,
    query: &'a ImageQuery,
    statement: String,
    found: Vec<i64>,
    looked_at: usize,
    last: Option<Cursor>,
}

/// Why a walk stopped.
enum Stop {
    AllSeen,
    PageIsFull,
    LookedAtMost,
}

impl Walk<'_> {
    /// Goes on from the last image, where these terms lead, until so many were looked at in all.
    fn go_on(&mut self, terms: &[Term], most: usize) -> Result<Stop, CatalogueError> {
        let mut statement = self.db.prepare_cached(&self.statement)?;
        self.bind(&mut statement, terms)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            if self.looked_at == most {
                return Ok(Stop::LookedAtMost);
            }
            self.looked_at += 1;
            let place = row.get(0)?;
            if row.get(1)? {
                if self.found.len() == self.query.page_size() {
                    return Ok(Stop::PageIsFull);
                }
                self.found.push(place);
            }
            self.last = Some(Cursor(place));
        }
        Ok(Stop::AllSeen)
    }

    /// Passes over images that lack the other filter; `false` if all that are left do. Sets that
    /// have nothing in common are often apart: an album of one summer, a tag of another.
    fn leap(&mut self, statement: &str) -> Result<bool, CatalogueError> {
        let mut statement = self.db.prepare_cached(statement)?;
        self.bind(&mut statement, &[])?;
        let next: Option<i64> = match statement.raw_query().next()? {
            Some(row) => Some(row.get(0)?),
            None => None,
        };
        if let Some(next) = next {
            self.last = Some(Cursor(match self.query.order {
                Order::Newest => next.saturating_add(1),
                Order::Oldest => next.saturating_sub(1),
            }));
        }
        Ok(next.is_some())
    }

    /// Gives a statement those of the parameters that it has.
    fn bind(&self, statement: &mut Statement<'_>, terms: &[Term]) -> Result<(), CatalogueError> {
        let query = self.query;
        let start = match query.order {
            Order::Newest => i64::MAX,
            Order::Oldest => i64::MIN,
        };
        let parameters: [(&str, &dyn ToSql); 7] = [
            (":tenant", &self.tenant.as_str()),
            (":tag", &query.tag.as_ref().map(Tag::as_str)),
            (":album", &query.album.as_ref().map(AlbumId::as_str)),
            (":deleted", &query.deleted),
            (":text", &query.folded_text()),
            (":terms", &all_of(terms)),
            (":after", &self.last.map_or(start, |Cursor(last)| last)),
        ];
        for (name, value) in parameters {
            if let Some(index) = statement.parameter_index(name)? {
                statement.raw_bind_parameter(index, value)?;
            }
        }
        Ok(())
    }
}

/// How the index is asked for what has all of these.
fn all_of(terms: &[Term]) -> String {
    let quoted: Vec<String> = terms.iter().map(|t| format!("\"{}\"", t.hex())).collect();
    quoted.join(" AND ")
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
