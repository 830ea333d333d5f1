//! The records of albums.

use async_trait::async_trait;
use imagehub_policy::TenantId;
use time::OffsetDateTime;

use super::Result;
use crate::domain::{Album, AlbumEdit, AlbumId, AlbumName, ImageId, NewAlbum};

/// The records of albums.
#[async_trait]
pub trait Albums: Send + Sync {
    /// Makes an album. `CatalogueError::NotFound` if there is no such tenant,
    /// `CatalogueError::TooMany` at [`MAX_ALBUMS`](crate::domain::MAX_ALBUMS).
    async fn create_album(&self, tenant: &TenantId, new: &NewAlbum) -> Result<Album>;

    /// The tenant's albums, newest first.
    async fn albums(&self, tenant: &TenantId) -> Result<Vec<Album>>;

    /// Names of the tenant's newest albums, newest first, at most `limit`. Costs the same however
    /// many there are and however much is in them.
    async fn newest_titles(&self, tenant: &TenantId, limit: usize) -> Result<Vec<AlbumName>>;

    /// Names of the albums an image is in, newest first; none for an unknown or deleted image.
    async fn albums_of(&self, tenant: &TenantId, image: &ImageId) -> Result<Vec<AlbumName>>;

    /// The album of that id in that tenant.
    async fn find_album(&self, tenant: &TenantId, id: &AlbumId) -> Result<Option<Album>>;

    /// Changes title or cover, and returns the album as it is now.
    /// `CatalogueError::NotFound` if there is no such album, or the cover is not in it.
    async fn edit_album(&self, tenant: &TenantId, id: &AlbumId, edit: &AlbumEdit) -> Result<Album>;

    /// Forgets an album; its images stay, and its links are over.
    /// `CatalogueError::NotFound` if there is no such album.
    async fn delete_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        now: OffsetDateTime,
    ) -> Result<()>;

    /// Whether the image is in the album, and not deleted; `false` if either is unknown.
    async fn is_in_album(&self, tenant: &TenantId, id: &AlbumId, image: &ImageId) -> Result<bool>;

    /// Puts images into an album. Those in it already stay in it; unknown and deleted images are
    /// skipped. `CatalogueError::NotFound` if there is no such album.
    async fn put_in_album(&self, tenant: &TenantId, id: &AlbumId, images: &[ImageId])
    -> Result<()>;

    /// Takes images out of an album, those that are in it.
    /// `CatalogueError::NotFound` if there is no such album.
    async fn take_out_of_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        images: &[ImageId],
    ) -> Result<()>;
}
