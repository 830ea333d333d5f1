//! Albums: flat collections of a tenant's images. An image may be in any number of them.

use async_trait::async_trait;
use imagehub_policy::{TenantId, Username};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::timestamp::milliseconds;
use super::{CatalogueError, FieldError, ImageId, Title};

/// Albums one tenant may have.
pub const MAX_ALBUMS: usize = 1_000;

/// An album's id: of the same form as an image's.
pub type AlbumId = ImageId;

/// An album's title: an image's title that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlbumTitle(Title);

impl AlbumTitle {
    /// Reads a title.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let title = Title::parse(text)?;
        if title.as_str().is_empty() {
            Err(FieldError("an album needs a title"))
        } else {
            Ok(Self(title))
        }
    }

    /// The title's text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

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

/// The records of albums.
#[async_trait]
pub trait Albums: Send + Sync {
    /// Makes an album. [`CatalogueError::NotFound`] if there is no such tenant,
    /// [`CatalogueError::TooMany`] at [`MAX_ALBUMS`].
    async fn create_album(
        &self,
        tenant: &TenantId,
        new: &NewAlbum,
    ) -> Result<Album, CatalogueError>;

    /// The tenant's albums, newest first.
    async fn albums(&self, tenant: &TenantId) -> Result<Vec<Album>, CatalogueError>;

    /// Names of the tenant's newest albums, newest first, at most `limit`. Costs the same however
    /// many there are and however much is in them.
    async fn newest_titles(
        &self,
        tenant: &TenantId,
        limit: usize,
    ) -> Result<Vec<AlbumName>, CatalogueError>;

    /// Names of the albums an image is in, newest first; none for an unknown or deleted image.
    async fn albums_of(
        &self,
        tenant: &TenantId,
        image: &ImageId,
    ) -> Result<Vec<AlbumName>, CatalogueError>;

    /// The album of that id in that tenant.
    async fn find_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
    ) -> Result<Option<Album>, CatalogueError>;

    /// Changes title or cover, and returns the album as it is now.
    /// [`CatalogueError::NotFound`] if there is no such album, or the cover is not in it.
    async fn edit_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        edit: &AlbumEdit,
    ) -> Result<Album, CatalogueError>;

    /// Forgets an album; its images stay, and its links are over.
    /// [`CatalogueError::NotFound`] if there is no such album.
    async fn delete_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        now: OffsetDateTime,
    ) -> Result<(), CatalogueError>;

    /// Whether the image is in the album, and not deleted; `false` if either is unknown.
    async fn is_in_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        image: &ImageId,
    ) -> Result<bool, CatalogueError>;

    /// Puts images into an album. Those in it already stay in it; unknown and deleted images are
    /// skipped. [`CatalogueError::NotFound`] if there is no such album.
    async fn put_in_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        images: &[ImageId],
    ) -> Result<(), CatalogueError>;

    /// Takes images out of an album, those that are in it.
    /// [`CatalogueError::NotFound`] if there is no such album.
    async fn take_out_of_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        images: &[ImageId],
    ) -> Result<(), CatalogueError>;
}
