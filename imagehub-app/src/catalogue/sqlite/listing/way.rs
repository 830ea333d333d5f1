//! Which index a page is cut from, and what is asked of each image on the way.

use imagehub_policy::TenantId;
use rusqlite::{Connection, OptionalExtension as _};

use super::super::super::{AlbumId, CatalogueError, ImageQuery, Order, Tag};
use super::super::tenants;

/// Sets of images up to this size are gone through whatever is searched in them: all of such a
/// set is looked at in one call.
pub(super) const SMALL: u64 = 1_000;

const IN_ALBUM: &str = "album_images.album =
         (SELECT ordinal FROM albums WHERE tenant = :tenant AND id = :album)
     AND album_images.deleted = :deleted";

const WITH_TAG: &str = "image_tags.tenant = :tenant AND image_tags.tag = :tag
     AND image_tags.deleted = :deleted";

/// What is gone through, in the order asked for, to find the images asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The tenant's images, deleted or not.
    All,
    /// Those with the tag.
    Tag,
    /// Those in the album.
    Album,
    /// Those that the index of searches names.
    Search,
}

impl Way {
    /// The way on which the fewest images are looked at.
    pub(super) fn shortest(
        db: &Connection,
        tenant: &TenantId,
        query: &ImageQuery,
    ) -> Result<Self, CatalogueError> {
        let searched = query.folded_text().is_some();
        let in_album = || match &query.album {
            Some(album) => images_in_album(db, tenant, album),
            None => Ok(u64::MAX),
        };
        Ok(match (searched, &query.album, &query.tag) {
            (true, _, _) if query.deleted => {
                let deleted = tenants::usage(db, tenant)?.unwrap_or_default();
                match &query.album {
                    _ if deleted.deleted_images > SMALL => Self::Search,
                    Some(_) => Self::Album,
                    None => Self::All,
                }
            }
            (true, _, _) if in_album()? <= SMALL => Self::Album,
            (true, _, _) => Self::Search,
            (false, None, None) => Self::All,
            (false, None, Some(_)) => Self::Tag,
            (false, Some(_), None) => Self::Album,
            (false, Some(_), Some(tag)) => {
                let by_tag = if query.deleted {
                    few_deleted_with_tag(db, tenant, tag)?
                } else {
                    images_with_tag(db, tenant, tag)? < in_album()?
                };
                if by_tag { Self::Tag } else { Self::Album }
            }
        })
    }

    /// The statement that tells which of the images beyond a place is the next one with the filter
    /// that this way does not go by; none if it goes by all.
    pub(super) fn leap(self, query: &ImageQuery) -> Option<String> {
        let (table, within) = match self {
            Self::Search | Self::Tag if query.album.is_some() => ("album_images", IN_ALBUM),
            Self::Album if query.tag.is_some() => ("image_tags", WITH_TAG),
            _ => return None,
        };
        let (beyond, direction) = beyond(query.order);
        Some(format!(
            "SELECT ordinal FROM {table} WHERE {within} AND ordinal {beyond} :after
             ORDER BY ordinal {direction} LIMIT 1"
        ))
    }

    /// The statement that goes this way: each image's ordinal, and whether it is one of those
    /// asked for.
    pub(super) fn statement(self, query: &ImageQuery) -> String {
        let state = if query.deleted { "NOT NULL" } else { "NULL" };
        let whole = format!("images.tenant = :tenant AND images.deleted_at IS {state}");
        let (table, place, within) = match self {
            Self::All => ("images", "images.ordinal", whole.as_str()),
            Self::Tag => ("image_tags", "image_tags.ordinal", WITH_TAG),
            Self::Album => ("album_images", "album_images.ordinal", IN_ALBUM),
            Self::Search => (
                "image_search",
                "image_search.rowid",
                "image_search MATCH :terms",
            ),
        };
        let mut tables = table.to_owned();
        let mut asked_for = vec!["1".to_owned()];
        let searched = query.folded_text().is_some();
        if self != Self::All && (searched || self == Self::Search) {
            tables.push_str(&format!(" CROSS JOIN images ON images.ordinal = {place}"));
        }
        if self == Self::Search {
            asked_for.push(whole.clone());
        }
        if query.album.is_some() && self != Self::Album {
            asked_for.push(format!(
                "EXISTS (SELECT 1 FROM album_images WHERE {IN_ALBUM} AND ordinal = {place})"
            ));
        }
        if query.tag.is_some() && self != Self::Tag {
            asked_for.push(format!(
                "EXISTS (SELECT 1 FROM image_tags WHERE {WITH_TAG} AND ordinal = {place})"
            ));
        }
        if searched {
            asked_for.push("instr(images.search, :text) > 0".to_owned());
        }
        let (beyond, direction) = beyond(query.order);
        let asked_for = asked_for.join(" AND ");
        format!(
            "SELECT {place}, {asked_for} FROM {tables}
             WHERE {within} AND {place} {beyond} :after ORDER BY {place} {direction}"
        )
    }
}

/// How ordinals beyond a place compare to it, and in which direction they are gone through.
fn beyond(order: Order) -> (&'static str, &'static str) {
    match order {
        Order::Newest => ("<", "DESC"),
        Order::Oldest => (">", "ASC"),
    }
}

fn images_in_album(
    db: &Connection,
    tenant: &TenantId,
    album: &AlbumId,
) -> Result<u64, CatalogueError> {
    counted(
        db,
        "SELECT images FROM albums WHERE tenant = ?1 AND id = ?2",
        (tenant.as_str(), album.as_str()),
    )
}

fn images_with_tag(db: &Connection, tenant: &TenantId, tag: &Tag) -> Result<u64, CatalogueError> {
    counted(
        db,
        "SELECT images FROM tags WHERE tenant = ?1 AND tag = ?2",
        (tenant.as_str(), tag.as_str()),
    )
}

/// Whether the deleted images with the tag are a small set: of them there is no stored count.
fn few_deleted_with_tag(
    db: &Connection,
    tenant: &TenantId,
    tag: &Tag,
) -> Result<bool, CatalogueError> {
    let counted = counted(
        db,
        &format!(
            "SELECT count(*) FROM (SELECT 1 FROM image_tags
             WHERE tenant = ?1 AND tag = ?2 AND deleted = 1 LIMIT {SMALL} + 1)"
        ),
        (tenant.as_str(), tag.as_str()),
    )?;
    Ok(counted <= SMALL)
}

/// A stored count; 0 without one.
fn counted(db: &Connection, query: &str, of: (&str, &str)) -> Result<u64, CatalogueError> {
    let count = db
        .prepare_cached(query)?
        .query_row(of, |row| row.get::<_, i64>(0))
        .optional()?;
    Ok(count.unwrap_or(0).unsigned_abs())
}
