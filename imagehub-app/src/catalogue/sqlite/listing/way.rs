//! Which index a page is cut from, and what is asked of each image on the way.

use std::fmt::Write as _;

use imagehub_policy::TenantId;

use super::super::super::codec::tag_line;
use super::super::super::{ImageQuery, Order};
use super::super::image_row::COLUMNS;

const IN_ALBUM: &str = "album_images.album =
         (SELECT ordinal FROM albums WHERE tenant = :tenant AND id = :album)
     AND album_images.deleted = :deleted";

const WITH_TAG: &str = "image_tags.tenant = :tenant AND image_tags.tag = :tag
     AND image_tags.deleted = :deleted";

/// The index of searches has pieces of this many characters: shorter texts are not in it.
const PIECE: usize = 3;

/// So many characters of a text are asked of the index, and all of them of the image.
const ASKED_OF_INDEX: usize = 64;

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
    pub(super) fn of(query: &ImageQuery) -> Self {
        if query.album.is_some() {
            Self::Album
        } else if !query.deleted && query.folded_text().is_some_and(|text| is_indexed(&text)) {
            Self::Search
        } else if query.tag.is_some() {
            Self::Tag
        } else {
            Self::All
        }
    }

    /// The statement whose rows are the images asked for.
    pub(super) fn statement(self, query: &ImageQuery) -> String {
        let state = if query.deleted { "NOT NULL" } else { "NULL" };
        let whole = format!("images.tenant = :tenant AND images.deleted_at IS {state}");
        let found = format!("image_search MATCH :match AND images.deleted_at IS {state}");
        let (tables, ordered, within) = match self {
            Self::All => ("images", "images", &*whole),
            Self::Tag => (
                "image_tags CROSS JOIN images USING (ordinal)",
                "image_tags",
                WITH_TAG,
            ),
            Self::Album => (
                "album_images CROSS JOIN images USING (ordinal)",
                "album_images",
                IN_ALBUM,
            ),
            Self::Search => (
                "image_search CROSS JOIN images ON images.ordinal = image_search.rowid",
                "images",
                &*found,
            ),
        };
        let mut asked = within.to_owned();
        if query.tag.is_some() && self != Self::Tag {
            asked += &format!(
                " AND EXISTS (SELECT 1 FROM image_tags WHERE {WITH_TAG}
                     AND ordinal = images.ordinal)"
            );
        }
        if query.folded_text().is_some() {
            asked += " AND instr(images.search, :text) > 0";
        }
        let place = match (query.order, self) {
            // The index of searches knows no other order: what it finds is sorted.
            (Order::Taken, _) => format!("{ordered}.taken_order"),
            (_, Self::Search) => "image_search.rowid".to_owned(),
            _ => format!("{ordered}.ordinal"),
        };
        let (beyond, direction) = match query.order.is_newest_first() {
            true => ("<", "DESC"),
            false => (">", "ASC"),
        };
        format!(
            "SELECT {COLUMNS}, {place} AS place FROM {tables}
             WHERE {asked} AND {place} {beyond} :after ORDER BY {place} {direction}"
        )
    }
}

/// Whether the index of searches tells where this text is. Its language ends at a NUL.
fn is_indexed(text: &str) -> bool {
    text.chars().nth(PIECE - 1).is_some() && !text.contains('\0')
}

/// How the index of searches is asked for a tenant's images with the query's text and tag.
pub(super) fn index_query(tenant: &TenantId, query: &ImageQuery) -> String {
    let text = query.folded_text().unwrap_or_default();
    let text = text.chars().take(ASKED_OF_INDEX).collect();
    let tag = query.tag.as_ref().map(tag_line);
    let mut asked = format!("tenant : \"<{tenant}>\"");
    for piece in [Some(text), tag].into_iter().flatten() {
        let quoted = piece.replace('"', "\"\"");
        // Writing to a string cannot fail.
        let _ = write!(asked, " AND search : \"{quoted}\"");
    }
    asked
}
