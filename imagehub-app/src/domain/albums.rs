//! Albums: flat collections of a tenant's images. An image may be in any number of them.

use imagehub_policy::Username;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::timestamp::milliseconds;
use super::{AlbumId, AlbumTitle, ImageId};

/// Albums one tenant may have.
pub const MAX_ALBUMS: usize = 1_000;

/// An album to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAlbum {
    /// Its id.
    pub id: AlbumId,
    /// Its title.
    pub title: AlbumTitle,
    /// By whom.
    pub created_by: Username,
    /// When.
    #[serde(with = "milliseconds")]
    pub created_at: OffsetDateTime,
}

/// An album.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Album {
    /// Its id.
    pub id: AlbumId,
    /// Its title.
    pub title: AlbumTitle,
    /// The image that stands for it: the one that was chosen, while it is in the album and not
    /// deleted, otherwise the newest one in it.
    pub cover: Option<ImageId>,
    /// Images in it, deleted ones not counted.
    pub images: u64,
    /// By whom it was made.
    pub created_by: Username,
    /// When.
    pub created_at: OffsetDateTime,
}

/// What an album is called, for lists of names alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlbumName {
    /// Its id.
    pub id: AlbumId,
    /// Its title.
    pub title: AlbumTitle,
}

/// What to change of an album; `None` leaves a field alone.
#[derive(Debug, Clone, Default)]
pub struct AlbumEdit {
    /// The new title.
    pub title: Option<AlbumTitle>,
    /// The image to stand for it; `Some(None)` for the newest one.
    pub cover: Option<Option<ImageId>>,
}
