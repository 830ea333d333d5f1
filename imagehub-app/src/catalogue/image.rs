//! What is recorded of an image, and how images are changed and listed.

use std::time::Duration;

use imagehub_policy::{TenantId, Username};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::codec::folded;
use super::timestamp::milliseconds;
use super::{AlbumId, Cursor, Digest, ImageId, MediaType, Placeholder, Tag, Tags, Title};

/// How long a deleted image can be restored.
pub const UNDO_WINDOW: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A tag and how many images have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagCount {
    /// The tag.
    pub tag: Tag,
    /// Images with it, deleted ones not counted.
    pub images: u64,
}

/// An image to be recorded.
#[derive(Debug, Clone)]
pub struct NewImage {
    /// Its id, which its blobs are already stored under.
    pub id: ImageId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Of the bytes that are served.
    pub digest: Digest,
    /// By content.
    pub media_type: MediaType,
    /// How many bytes are served.
    pub bytes: u64,
    /// Pixels across, upright.
    pub width: u32,
    /// Pixels down, upright.
    pub height: u32,
    /// What its four thumbnails are encoded as for who does not take WebP.
    pub thumbnail_type: MediaType,
    /// What to show until a thumbnail is there.
    pub placeholder: Placeholder,
    /// Its title.
    pub title: Title,
    /// Its tags.
    pub tags: Tags,
    /// By whom.
    pub uploaded_by: Username,
    /// When.
    pub uploaded_at: OffsetDateTime,
}

/// A recorded image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageRecord {
    /// Its id.
    pub id: ImageId,
    /// Of the bytes that are served.
    pub digest: Digest,
    /// By content.
    pub media_type: MediaType,
    /// How many bytes are served.
    pub bytes: u64,
    /// Pixels across, upright.
    pub width: u32,
    /// Pixels down, upright.
    pub height: u32,
    /// What its four thumbnails are encoded as for who does not take WebP.
    pub thumbnail_type: MediaType,
    /// What to show until a thumbnail is there.
    pub placeholder: Placeholder,
    /// Its title.
    pub title: Title,
    /// Its tags.
    pub tags: Tags,
    /// By whom.
    pub uploaded_by: Username,
    /// When.
    #[serde(with = "milliseconds")]
    pub uploaded_at: OffsetDateTime,
    /// When it was deleted, if it was; it can be restored for [`UNDO_WINDOW`].
    #[serde(with = "milliseconds::option")]
    pub deleted_at: Option<OffsetDateTime>,
}

impl From<NewImage> for ImageRecord {
    fn from(new: NewImage) -> Self {
        Self {
            id: new.id,
            digest: new.digest,
            media_type: new.media_type,
            bytes: new.bytes,
            width: new.width,
            height: new.height,
            thumbnail_type: new.thumbnail_type,
            placeholder: new.placeholder,
            title: new.title,
            tags: new.tags,
            uploaded_by: new.uploaded_by,
            uploaded_at: new.uploaded_at,
            deleted_at: None,
        }
    }
}

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

/// What to change of an image; `None` leaves a field alone.
#[derive(Debug, Clone, Default)]
pub struct ImageEdit {
    /// The new title.
    pub title: Option<Title>,
    /// The new tags, replacing all.
    pub tags: Option<Tags>,
    /// Tags to put to those there are. [`CatalogueError::TooMany`] past 20.
    ///
    /// [`CatalogueError::TooMany`]: super::CatalogueError::TooMany
    pub add_tags: Tags,
    /// Tags to take away.
    pub remove_tags: Tags,
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
