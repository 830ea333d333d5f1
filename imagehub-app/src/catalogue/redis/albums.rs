//! Albums.

use async_trait::async_trait;
use imagehub_policy::{Role, TenantId, Username};
use time::OffsetDateTime;

use super::super::*;

#[async_trait]
impl super::super::Albums for super::RedisCatalogue {
    async fn create_album(
        &self,
        _tenant: &TenantId,
        _new: &NewAlbum,
    ) -> Result<Album, CatalogueError> {
        Err(super::super::missing())
    }
    async fn albums(&self, _tenant: &TenantId) -> Result<Vec<Album>, CatalogueError> {
        Err(super::super::missing())
    }
    async fn find_album(
        &self,
        _tenant: &TenantId,
        _id: &AlbumId,
    ) -> Result<Option<Album>, CatalogueError> {
        Err(super::super::missing())
    }
    async fn edit_album(
        &self,
        _tenant: &TenantId,
        _id: &AlbumId,
        _edit: &AlbumEdit,
    ) -> Result<Album, CatalogueError> {
        Err(super::super::missing())
    }
    async fn delete_album(&self, _tenant: &TenantId, _id: &AlbumId) -> Result<(), CatalogueError> {
        Err(super::super::missing())
    }
    async fn put_in_album(
        &self,
        _tenant: &TenantId,
        _id: &AlbumId,
        _images: &[ImageId],
    ) -> Result<(), CatalogueError> {
        Err(super::super::missing())
    }
    async fn take_out_of_album(
        &self,
        _tenant: &TenantId,
        _id: &AlbumId,
        _images: &[ImageId],
    ) -> Result<(), CatalogueError> {
        Err(super::super::missing())
    }
}
