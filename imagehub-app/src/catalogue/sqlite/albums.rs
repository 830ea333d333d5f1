//! Albums and what is in them.

use async_trait::async_trait;
use imagehub_policy::{TenantId, Username};
use rusqlite::{Connection, Row, params};
use time::OffsetDateTime;

use super::super::codec::{parsed, stored_time};
use super::super::{Albums, CatalogueError, Result};
use super::SqliteCatalogue;
use super::rows::{self, refuse_full, text};
use super::tenants;
use crate::domain::timestamp::to_millis;
use crate::domain::{
    Album, AlbumEdit, AlbumId, AlbumName, AlbumTitle, ImageId, MAX_ALBUMS, NewAlbum,
};

/// The chosen cover counts while it is in the album and not deleted.
const SELECT: &str = "
    SELECT albums.ordinal, albums.id, albums.title,
        coalesce(
            (SELECT images.id FROM images JOIN album_images USING (ordinal)
             WHERE images.tenant = albums.tenant AND images.id = albums.cover
                 AND album_images.album = albums.ordinal AND album_images.deleted = 0),
            (SELECT images.id FROM album_images CROSS JOIN images USING (ordinal)
             WHERE album_images.album = albums.ordinal AND album_images.deleted = 0
             ORDER BY album_images.ordinal DESC LIMIT 1)),
        albums.images, albums.created_by, albums.created_at
    FROM albums WHERE albums.tenant = ?1";

/// Reads a row of [`SELECT`]: the album and its ordinal.
fn read(row: &Row<'_>) -> Result<(i64, Album)> {
    let cover: Option<String> = row.get(3)?;
    let album = Album {
        id: text(row, 1, AlbumId::parse)?,
        title: text(row, 2, AlbumTitle::parse)?,
        cover: cover.map(|id| parsed(&id, ImageId::parse)).transpose()?,
        images: row.get::<_, i64>(4)?.unsigned_abs(),
        created_by: text(row, 5, Username::parse)?,
        created_at: stored_time(row.get(6)?)?,
    };
    Ok((row.get(0)?, album))
}

/// The names that a query of ids and titles finds.
fn names(
    db: &Connection,
    query: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<AlbumName>> {
    rows::all(db, query, parameters, |row| {
        Ok(AlbumName {
            id: text(row, 0, AlbumId::parse)?,
            title: text(row, 1, AlbumTitle::parse)?,
        })
    })
}

pub(super) fn find(
    db: &Connection,
    tenant: &TenantId,
    id: &AlbumId,
) -> Result<Option<(i64, Album)>> {
    let query = format!("{SELECT} AND albums.id = ?2");
    rows::first(db, &query, (tenant.as_str(), id.as_str()), read)
}

fn known(db: &Connection, tenant: &TenantId, id: &AlbumId) -> Result<(i64, Album)> {
    find(db, tenant, id)?.ok_or(CatalogueError::NotFound)
}

fn holds(db: &Connection, tenant: &TenantId, album: i64, image: &ImageId) -> Result<bool> {
    Ok(db.query_row(
        "SELECT EXISTS (
             SELECT 1 FROM images JOIN album_images USING (ordinal)
             WHERE images.tenant = ?1 AND images.id = ?2
                 AND album_images.album = ?3 AND album_images.deleted = 0)",
        (tenant.as_str(), image.as_str(), album),
        |row| row.get(0),
    )?)
}

#[async_trait]
impl Albums for SqliteCatalogue {
    async fn create_album(&self, tenant: &TenantId, new: &NewAlbum) -> Result<Album> {
        let (tenant, new) = (tenant.clone(), new.clone());
        self.write(move |db| {
            if tenants::find(db, &tenant)?.is_none() {
                return Err(CatalogueError::NotFound);
            }
            if let Some((_, album)) = find(db, &tenant, &new.id)? {
                return Ok(album);
            }
            refuse_full(
                db,
                "SELECT count(*) FROM albums WHERE tenant = ?1",
                [tenant.as_str()],
                MAX_ALBUMS,
            )?;
            db.execute(
                "INSERT INTO albums (tenant, id, title, created_by, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    tenant.as_str(),
                    new.id.as_str(),
                    new.title.as_str(),
                    new.created_by.as_str(),
                    to_millis(new.created_at),
                ],
            )?;
            Ok(known(db, &tenant, &new.id)?.1)
        })
        .await
    }

    async fn albums(&self, tenant: &TenantId) -> Result<Vec<Album>> {
        let tenant = tenant.clone();
        self.read(move |db| {
            let query = format!("{SELECT} ORDER BY albums.ordinal DESC");
            rows::all(db, &query, [tenant.as_str()], |row| Ok(read(row)?.1))
        })
        .await
    }

    async fn newest_titles(&self, tenant: &TenantId, limit: usize) -> Result<Vec<AlbumName>> {
        let tenant = tenant.clone();
        self.read(move |db| {
            let query =
                "SELECT id, title FROM albums WHERE tenant = ?1 ORDER BY ordinal DESC LIMIT ?2";
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            names(db, query, (tenant.as_str(), limit))
        })
        .await
    }

    async fn albums_of(&self, tenant: &TenantId, image: &ImageId) -> Result<Vec<AlbumName>> {
        let (tenant, image) = (tenant.clone(), image.clone());
        self.read(move |db| {
            let query = "SELECT albums.id, albums.title
                FROM images CROSS JOIN album_images USING (ordinal)
                    CROSS JOIN albums ON albums.ordinal = album_images.album
                WHERE images.tenant = ?1 AND images.id = ?2 AND album_images.deleted = 0
                ORDER BY albums.ordinal DESC";
            names(db, query, (tenant.as_str(), image.as_str()))
        })
        .await
    }

    async fn find_album(&self, tenant: &TenantId, id: &AlbumId) -> Result<Option<Album>> {
        self.look_up(|db| Ok(find(db, tenant, id)?.map(|(_, album)| album)))
    }

    async fn edit_album(&self, tenant: &TenantId, id: &AlbumId, edit: &AlbumEdit) -> Result<Album> {
        let (tenant, id, wanted) = (tenant.clone(), id.clone(), edit.clone());
        self.write(move |db| {
            let (ordinal, _) = known(db, &tenant, &id)?;
            if let Some(title) = &wanted.title {
                db.execute(
                    "UPDATE albums SET title = ?2 WHERE ordinal = ?1",
                    (ordinal, title.as_str()),
                )?;
            }
            if let Some(cover) = &wanted.cover {
                if let Some(cover) = cover
                    && !holds(db, &tenant, ordinal, cover)?
                {
                    return Err(CatalogueError::NotFound);
                }
                db.execute(
                    "UPDATE albums SET cover = ?2 WHERE ordinal = ?1",
                    (ordinal, cover.as_ref().map(ImageId::as_str)),
                )?;
            }
            Ok(known(db, &tenant, &id)?.1)
        })
        .await
    }

    async fn delete_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        now: OffsetDateTime,
    ) -> Result<()> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write(move |db| {
            let (ordinal, _) = known(db, &tenant, &id)?;
            db.execute("DELETE FROM albums WHERE ordinal = ?1", [ordinal])?;
            db.execute(
                "UPDATE shares SET revoked_at = ?3
                 WHERE tenant = ?1 AND album = ?2 AND revoked_at IS NULL",
                (tenant.as_str(), id.as_str(), to_millis(now)),
            )?;
            Ok(())
        })
        .await
    }

    async fn is_in_album(&self, tenant: &TenantId, id: &AlbumId, image: &ImageId) -> Result<bool> {
        self.look_up(|db| match find(db, tenant, id)? {
            Some((album, _)) => holds(db, tenant, album, image),
            None => Ok(false),
        })
    }

    async fn put_in_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        images: &[ImageId],
    ) -> Result<()> {
        let (tenant, id, images) = (tenant.clone(), id.clone(), images.to_vec());
        self.write(move |db| {
            let (ordinal, _) = known(db, &tenant, &id)?;
            let mut insert = db.prepare_cached(
                "INSERT INTO album_images (album, deleted, ordinal, taken_order)
                 SELECT ?1, 0, ordinal, taken_order FROM images
                 WHERE tenant = ?2 AND id = ?3 AND deleted_at IS NULL
                 ON CONFLICT DO NOTHING",
            )?;
            for image in images {
                insert.execute((ordinal, tenant.as_str(), image.as_str()))?;
            }
            Ok(())
        })
        .await
    }

    async fn take_out_of_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        images: &[ImageId],
    ) -> Result<()> {
        let (tenant, id, images) = (tenant.clone(), id.clone(), images.to_vec());
        self.write(move |db| {
            let (ordinal, _) = known(db, &tenant, &id)?;
            let mut delete = db.prepare_cached(
                "DELETE FROM album_images WHERE album = ?1
                     AND ordinal = (SELECT ordinal FROM images WHERE tenant = ?2 AND id = ?3)",
            )?;
            for image in images {
                delete.execute((ordinal, tenant.as_str(), image.as_str()))?;
            }
            Ok(())
        })
        .await
    }
}
