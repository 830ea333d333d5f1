//! Albums.

use std::collections::HashMap;

use async_trait::async_trait;
use imagehub_policy::{TenantId, Username};
use time::OffsetDateTime;

use super::super::codec::{parsed, stored_time};
use super::super::{Albums, CatalogueError, Result};
use super::{RedisCatalogue, keys, scripts};
use crate::domain::timestamp::to_millis;
use crate::domain::{
    Album, AlbumEdit, AlbumId, AlbumName, AlbumTitle, ImageId, MAX_ALBUMS, NewAlbum,
};

/// Id, record, count of images and cover, as scripts answer.
type Stored = (String, HashMap<String, String>, u64, String);

#[async_trait]
impl Albums for RedisCatalogue {
    async fn create_album(&self, tenant: &TenantId, new: &NewAlbum) -> Result<Album> {
        self.change(
            scripts::CREATE_ALBUM
                .arg(tenant.as_str())
                .arg(new.id.as_str())
                .arg(MAX_ALBUMS)
                .arg(&["title", new.title.as_str()])
                .arg(&["created_by", new.created_by.as_str()])
                .arg("created_at")
                .arg(to_millis(new.created_at)),
        )
        .await?;
        Ok(Album {
            id: new.id.clone(),
            title: new.title.clone(),
            cover: None,
            images: 0,
            created_by: new.created_by.clone(),
            created_at: stored_time(to_millis(new.created_at))?,
        })
    }

    async fn albums(&self, tenant: &TenantId) -> Result<Vec<Album>> {
        let stored: Vec<Stored> = self
            .script(&scripts::LIST_ALBUMS.arg(tenant.as_str()))
            .await?;
        stored.into_iter().map(read_album).collect()
    }

    async fn newest_titles(&self, tenant: &TenantId, limit: usize) -> Result<Vec<AlbumName>> {
        read_names(
            self.script(scripts::NEWEST_TITLES.arg(tenant.as_str()).arg(limit))
                .await?,
        )
    }

    async fn albums_of(&self, tenant: &TenantId, image: &ImageId) -> Result<Vec<AlbumName>> {
        read_names(
            self.script(scripts::ALBUMS_OF.arg(tenant.as_str()).arg(image.as_str()))
                .await?,
        )
    }

    async fn find_album(&self, tenant: &TenantId, id: &AlbumId) -> Result<Option<Album>> {
        let stored: Option<Stored> = self
            .script(scripts::FIND_ALBUM.arg(tenant.as_str()).arg(id.as_str()))
            .await?;
        stored.map(read_album).transpose()
    }

    async fn edit_album(&self, tenant: &TenantId, id: &AlbumId, edit: &AlbumEdit) -> Result<Album> {
        let mut change = scripts::EDIT_ALBUM.prepare_invoke();
        change.arg(tenant.as_str()).arg(id.as_str());
        if let Some(title) = &edit.title {
            change.arg(&["title", title.as_str()]);
        }
        if let Some(cover) = &edit.cover {
            change.arg(&["cover", cover.as_ref().map_or("", ImageId::as_str)]);
        }
        let stored: Option<Stored> = self.script(&change).await?;
        read_album(stored.ok_or(CatalogueError::NotFound)?)
    }

    async fn delete_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        now: OffsetDateTime,
    ) -> Result<()> {
        self.change(
            scripts::DELETE_ALBUM
                .arg(tenant.as_str())
                .arg(id.as_str())
                .arg(to_millis(now)),
        )
        .await
    }

    async fn is_in_album(&self, tenant: &TenantId, id: &AlbumId, image: &ImageId) -> Result<bool> {
        let images = keys::album_images(tenant.as_str(), id.as_str());
        let place: Option<f64> = self
            .command(redis::cmd("ZSCORE").arg(images).arg(image.as_str()))
            .await?;
        Ok(place.is_some())
    }

    async fn put_in_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        images: &[ImageId],
    ) -> Result<()> {
        let mut put = scripts::PUT_IN_ALBUM.prepare_invoke();
        put.arg(tenant.as_str()).arg(id.as_str());
        for image in images {
            put.arg(image.as_str());
        }
        self.change(&put).await
    }

    async fn take_out_of_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        images: &[ImageId],
    ) -> Result<()> {
        let mut take = scripts::TAKE_OUT_OF_ALBUM.prepare_invoke();
        take.arg(tenant.as_str()).arg(id.as_str());
        for image in images {
            take.arg(image.as_str());
        }
        self.change(&take).await
    }
}

/// Ids and titles in pairs.
fn read_names(names: Vec<(String, String)>) -> Result<Vec<AlbumName>> {
    let read = |(id, title): (String, String)| {
        Ok(AlbumName {
            id: parsed(&id, AlbumId::parse)?,
            title: parsed(&title, AlbumTitle::parse)?,
        })
    };
    names.into_iter().map(read).collect()
}

fn read_album((id, fields, images, cover): Stored) -> Result<Album> {
    let damaged = |name: &str| CatalogueError::Damaged(format!("album {id}: {name}"));
    let text = |name: &str| {
        let value = fields.get(name).map(String::as_str);
        value.ok_or_else(|| damaged(name))
    };
    let created_at = text("created_at")?.parse();
    Ok(Album {
        title: parsed(text("title")?, AlbumTitle::parse)?,
        cover: match cover.as_str() {
            "" => None,
            cover => Some(parsed(cover, ImageId::parse)?),
        },
        images,
        created_by: parsed(text("created_by")?, Username::parse)?,
        created_at: stored_time(created_at.map_err(|_| damaged("created_at"))?)?,
        id: parsed(&id, AlbumId::parse)?,
    })
}
