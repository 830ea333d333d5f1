//! How images are listed and changed.

use super::Cursor;
use crate::domain::texts::folded;
use crate::domain::{AlbumId, ImageRecord, Tag};

/// What recording an image came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inserted {
    /// It is recorded.
    New(ImageRecord),
    /// The tenant had these bytes already: this is that image.
    Duplicate(ImageRecord),
    /// The tenant had deleted these bytes: this is that image, restored.
    Restored(ImageRecord),
}

/// Which images to list.
#[derive(Debug, Clone)]
pub struct ImageQuery {
    /// At most this many: 1 to 200, larger counts as 200.
    pub limit: u32,
    /// Where the last page ended.
    pub after: Option<Cursor>,
    /// Only images with exactly this tag.
    pub tag: Option<Tag>,
    /// Only images with this text in title, tags or uploader, whatever its case and however its
    /// accents are written.
    pub text: Option<String>,
    /// Only images in this album.
    pub album: Option<AlbumId>,
    /// In which order.
    pub order: Order,
    /// The images that were deleted and can be restored, instead of those that were not.
    pub deleted: bool,
}

/// The order of a list of images, by the time of their arrival.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// The last one first.
    #[default]
    Newest,
    /// The first one first.
    Oldest,
}

impl ImageQuery {
    /// The first page of everything, of the usual 50.
    pub fn first_page() -> Self {
        Self {
            limit: 50,
            after: None,
            tag: None,
            text: None,
            album: None,
            order: Order::Newest,
            deleted: false,
        }
    }

    /// What of the text a search goes by: folded and composed; nothing of an empty one.
    pub(super) fn folded_text(&self) -> Option<String> {
        let text = self.text.as_deref().filter(|text| !text.is_empty());
        text.map(folded)
    }

    pub(super) fn page_size(&self) -> usize {
        self.limit.clamp(1, 200) as usize
    }
}

/// One page of images.
#[derive(Debug, Clone)]
pub struct Page {
    /// In the order asked for.
    pub images: Vec<ImageRecord>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}
