//! Albums.

use std::collections::HashMap;

use async_trait::async_trait;
use imagehub_policy::{TenantId, Username};
use time::OffsetDateTime;

use super::super::codec::{parsed, stored_time};
use super::super::{Albums, CatalogueError};
use super::{RedisCatalogue, done, keys, scripts};
use crate::domain::timestamp::to_millis;
use crate::domain::{
    Album, AlbumEdit, AlbumId, AlbumName, AlbumTitle, ImageId, MAX_ALBUMS, NewAlbum,
};

/// Id, record, count of images and cover, as scripts answer.
type Stored = (String, HashMap<String, String>, u64, String);

#[async_trait]
impl Albums for RedisCatalogue {
    async fn create_album(
        &self,
        tenant: &TenantId,
        new: &NewAlbum,
    ) -> Result<Album, CatalogueError> {
        let script = &scripts::CREATE_ALBUM;
        let mut create = script.prepare_invoke();
        create
            .arg(tenant.as_str())
            .arg(new.id.as_str())
            .arg(MAX_ALBUMS)
            .arg(&["title", new.title.as_str()])
            .arg(&["created_by", new.created_by.as_str()])
            .arg("created_at")
            .arg(to_millis(new.created_at));
        done(&self.connection.script::<String>(&create).await?)?;
        Ok(Album {
            id: new.id.clone(),
            title: new.title.clone(),
            cover: None,
            images: 0,
            created_by: new.created_by.clone(),
            created_at: stored_time(to_millis(new.created_at))?,
        })
    }

    async fn albums(&self, tenant: &TenantId) -> Result<Vec<Album>, CatalogueError> {
        let script = &scripts::LIST_ALBUMS;
        let mut list = script.prepare_invoke();
        list.arg(tenant.as_str());
        let stored: Vec<Stored> = self.connection.script(&list).await?;
        stored.into_iter().map(read_album).collect()
    }

    async fn newest_titles(
        &self,
        tenant: &TenantId,
        limit: usize,
    ) -> Result<Vec<AlbumName>, CatalogueError> {
        let script = &scripts::NEWEST_TITLES;
        let mut list = script.prepare_invoke();
        list.arg(tenant.as_str()).arg(limit);
        read_names(self.connection.script(&list).await?)
    }

    async fn albums_of(
        &self,
        tenant: &TenantId,
        image: &ImageId,
    ) -> Result<Vec<AlbumName>, CatalogueError> {
        let script = &scripts::ALBUMS_OF;
        let mut list = script.prepare_invoke();
        list.arg(tenant.as_str()).arg(image.as_str());
        read_names(self.connection.script(&list).await?)
    }

    async fn find_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
    ) -> Result<Option<Album>, CatalogueError> {
        let script = &scripts::FIND_ALBUM;
        let mut find = script.prepare_invoke();
        find.arg(tenant.as_str()).arg(id.as_str());
        let stored: Option<Stored> = self.connection.script(&find).await?;
        stored.map(read_album).transpose()
    }

    async fn edit_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        edit: &AlbumEdit,
    ) -> Result<Album, CatalogueError> {
        let script = &scripts::EDIT_ALBUM;
        let mut change = script.prepare_invoke();
        change.arg(tenant.as_str()).arg(id.as_str());
        if let Some(title) = &edit.title {
            change.arg(&["title", title.as_str()]);
        }
        if let Some(cover) = &edit.cover {
            change.arg(&["cover", cover.as_ref().map_or("", ImageId::as_str)]);
        }
        let stored: Option<Stored> = self.connection.script(&change).await?;
        read_album(stored.ok_or(CatalogueError::NotFound)?)
    }

    async fn delete_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        now: OffsetDateTime,
    ) -> Result<(), CatalogueError> {
        let script = &scripts::DELETE_ALBUM;
        let mut delete = script.prepare_invoke();
        delete
            .arg(tenant.as_str())
            .arg(id.as_str())
            .arg(to_millis(now));
        done(&self.connection.script::<String>(&delete).await?)
    }

    async fn is_in_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        image: &ImageId,
    ) -> Result<bool, CatalogueError> {
        let images = keys::album_images(tenant.as_str(), id.as_str());
        let place: Option<f64> = self
            .connection
            .command(redis::cmd("ZSCORE").arg(images).arg(image.as_str()))
            .await?;
        Ok(place.is_some())
    }

    async fn put_in_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        images: &[ImageId],
    ) -> Result<(), CatalogueError> {
        let script = &scripts::PUT_IN_ALBUM;
        let mut put = script.prepare_invoke();
        put.arg(tenant.as_str()).arg(id.as_str());
        for image in images {
            put.arg(image.as_str());
        }
        done(&self.connection.script::<String>(&put).await?)
    }

    async fn take_out_of_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        images: &[ImageId],
    ) -> Result<(), CatalogueError> {
        let script = &scripts::TAKE_OUT_OF_ALBUM;
        let mut take = script.prepare_invoke();
        take.arg(tenant.as_str()).arg(id.as_str());
        for image in images {
            take.arg(image.as_str());
        }
        done(&self.connection.script::<String>(&take).await?)
    }
}

/// Ids and titles in pairs.
fn read_names(names: Vec<(String, String)>) -> Result<Vec<AlbumName>, CatalogueError> {
    let read = |(id, title): (String, String)| {
        Ok(AlbumName {
            id: parsed(&id, AlbumId::parse)?,
            title: parsed(&title, AlbumTitle::parse)?,
        })
    };
    names.into_iter().map(read).collect()
}

fn read_album((id, fields, images, cover): Stored) -> Result<Album, CatalogueError> {
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
