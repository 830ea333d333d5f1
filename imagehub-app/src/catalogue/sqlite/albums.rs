//! Albums and what is in them.

use async_trait::async_trait;
use imagehub_policy::{TenantId, Username};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use time::OffsetDateTime;

use super::super::codec::{parsed, stored_time};
use super::super::{Albums, CatalogueError};
use super::SqliteCatalogue;
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

type AlbumRow = (i64, String, String, Option<String>, i64, String, i64);

fn row(row: &Row<'_>) -> rusqlite::Result<AlbumRow> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
    ))
}

fn album(row: AlbumRow) -> Result<(i64, Album), CatalogueError> {
    let (ordinal, id, title, cover, images, created_by, created_at) = row;
    let album = Album {
        id: parsed(&id, AlbumId::parse)?,
        title: parsed(&title, AlbumTitle::parse)?,
        cover: cover.map(|id| parsed(&id, ImageId::parse)).transpose()?,
        images: images.unsigned_abs(),
        created_by: parsed(&created_by, Username::parse)?,
        created_at: stored_time(created_at)?,
    };
    Ok((ordinal, album))
}

fn create(
    db: &Transaction<'_>,
    tenant: &TenantId,
    new: &NewAlbum,
) -> Result<Album, CatalogueError> {
    if tenants::find(db, tenant)?.is_none() {
        return Err(CatalogueError::NotFound);
    }
    if let Some((_, album)) = find(db, tenant, &new.id)? {
        return Ok(album);
    }
    let there: i64 = db.query_row(
        "SELECT count(*) FROM albums WHERE tenant = ?1",
        [tenant.as_str()],
        |row| row.get(0),
    )?;
    if usize::try_from(there).is_ok_and(|there| there >= MAX_ALBUMS) {
        return Err(CatalogueError::TooMany);
    }
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
    Ok(known(db, tenant, &new.id)?.1)
}

fn all(db: &Connection, tenant: &TenantId) -> Result<Vec<Album>, CatalogueError> {
    let mut query = db.prepare_cached(&format!("{SELECT} ORDER BY albums.ordinal DESC"))?;
    let rows = query.query_map([tenant.as_str()], row)?;
    rows.map(|row| Ok(album(row?)?.1)).collect()
}

fn newest_titles(
    db: &Connection,
    tenant: &TenantId,
    limit: usize,
) -> Result<Vec<AlbumName>, CatalogueError> {
    let query = "SELECT id, title FROM albums WHERE tenant = ?1 ORDER BY ordinal DESC LIMIT ?2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    names(db, query, (tenant.as_str(), limit))
}

fn albums_of(
    db: &Connection,
    tenant: &TenantId,
    image: &ImageId,
) -> Result<Vec<AlbumName>, CatalogueError> {
    let query = "SELECT albums.id, albums.title
        FROM images CROSS JOIN album_images USING (ordinal)
            CROSS JOIN albums ON albums.ordinal = album_images.album
        WHERE images.tenant = ?1 AND images.id = ?2 AND album_images.deleted = 0
        ORDER BY albums.ordinal DESC";
    names(db, query, (tenant.as_str(), image.as_str()))
}

/// The names that a query of ids and titles finds.
fn names(
    db: &Connection,
    query: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<AlbumName>, CatalogueError> {
    let mut query = db.prepare_cached(query)?;
    let mut rows = query.query(parameters)?;
    let mut names = Vec::new();
    while let Some(row) = rows.next()? {
        names.push(AlbumName {
            id: parsed(&row.get::<_, String>(0)?, AlbumId::parse)?,
            title: parsed(&row.get::<_, String>(1)?, AlbumTitle::parse)?,
        });
    }
    Ok(names)
}

pub(super) fn find(
    db: &Connection,
    tenant: &TenantId,
    id: &AlbumId,
) -> Result<Option<(i64, Album)>, CatalogueError> {
    let found = db
        .prepare_cached(&format!("{SELECT} AND albums.id = ?2"))?
        .query_row((tenant.as_str(), id.as_str()), row)
        .optional()?;
    found.map(album).transpose()
}

fn known(db: &Connection, tenant: &TenantId, id: &AlbumId) -> Result<(i64, Album), CatalogueError> {
    find(db, tenant, id)?.ok_or(CatalogueError::NotFound)
}

fn edit(
    db: &Transaction<'_>,
    tenant: &TenantId,
    id: &AlbumId,
    edit: &AlbumEdit,
) -> Result<Album, CatalogueError> {
    let (ordinal, _) = known(db, tenant, id)?;
    if let Some(title) = &edit.title {
        db.execute(
            "UPDATE albums SET title = ?2 WHERE ordinal = ?1",
            (ordinal, title.as_str()),
        )?;
    }
    if let Some(cover) = &edit.cover {
        if let Some(cover) = cover
            && !holds(db, tenant, ordinal, cover)?
        {
            return Err(CatalogueError::NotFound);
        }
        db.execute(
            "UPDATE albums SET cover = ?2 WHERE ordinal = ?1",
            (ordinal, cover.as_ref().map(ImageId::as_str)),
        )?;
    }
    Ok(known(db, tenant, id)?.1)
}

fn holds(
    db: &Connection,
    tenant: &TenantId,
    album: i64,
    image: &ImageId,
) -> Result<bool, CatalogueError> {
    Ok(db.query_row(
        "SELECT EXISTS (
             SELECT 1 FROM images JOIN album_images USING (ordinal)
             WHERE images.tenant = ?1 AND images.id = ?2
                 AND album_images.album = ?3 AND album_images.deleted = 0)",
        (tenant.as_str(), image.as_str(), album),
        |row| row.get(0),
    )?)
}

fn delete(
    db: &Transaction<'_>,
    tenant: &TenantId,
    id: &AlbumId,
    now: OffsetDateTime,
) -> Result<(), CatalogueError> {
    let (ordinal, _) = known(db, tenant, id)?;
    db.execute("DELETE FROM albums WHERE ordinal = ?1", [ordinal])?;
    db.execute(
        "UPDATE shares SET revoked_at = ?3
         WHERE tenant = ?1 AND album = ?2 AND revoked_at IS NULL",
        (tenant.as_str(), id.as_str(), to_millis(now)),
    )?;
    Ok(())
}

fn put(
    db: &Transaction<'_>,
    tenant: &TenantId,
    id: &AlbumId,
    images: &[ImageId],
) -> Result<(), CatalogueError> {
    let (ordinal, _) = known(db, tenant, id)?;
    let mut insert = db.prepare_cached(
        "INSERT INTO album_images (album, deleted, ordinal)
         SELECT ?1, 0, ordinal FROM images
         WHERE tenant = ?2 AND id = ?3 AND deleted_at IS NULL
         ON CONFLICT DO NOTHING",
    )?;
    for image in images {
        insert.execute((ordinal, tenant.as_str(), image.as_str()))?;
    }
    Ok(())
}

fn take_out(
    db: &Transaction<'_>,
    tenant: &TenantId,
    id: &AlbumId,
    images: &[ImageId],
) -> Result<(), CatalogueError> {
    let (ordinal, _) = known(db, tenant, id)?;
    let mut delete = db.prepare_cached(
        "DELETE FROM album_images WHERE album = ?1
             AND ordinal = (SELECT ordinal FROM images WHERE tenant = ?2 AND id = ?3)",
    )?;
    for image in images {
        delete.execute((ordinal, tenant.as_str(), image.as_str()))?;
    }
    Ok(())
}

#[async_trait]
impl Albums for SqliteCatalogue {
    async fn create_album(
        &self,
        tenant: &TenantId,
        new: &NewAlbum,
    ) -> Result<Album, CatalogueError> {
        let (tenant, new) = (tenant.clone(), new.clone());
        self.pool.write(move |db| create(db, &tenant, &new)).await
    }

    async fn albums(&self, tenant: &TenantId) -> Result<Vec<Album>, CatalogueError> {
        let tenant = tenant.clone();
        self.pool.read(move |db| all(db, &tenant)).await
    }

    async fn newest_titles(
        &self,
        tenant: &TenantId,
        limit: usize,
    ) -> Result<Vec<AlbumName>, CatalogueError> {
        let tenant = tenant.clone();
        self.pool
            .read(move |db| newest_titles(db, &tenant, limit))
            .await
    }

    async fn albums_of(
        &self,
        tenant: &TenantId,
        image: &ImageId,
    ) -> Result<Vec<AlbumName>, CatalogueError> {
        let (tenant, image) = (tenant.clone(), image.clone());
        self.pool
            .read(move |db| albums_of(db, &tenant, &image))
            .await
    }

    async fn find_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
    ) -> Result<Option<Album>, CatalogueError> {
        self.pool
            .look_up(|db| Ok(find(db, tenant, id)?.map(|(_, album)| album)))
    }

    async fn edit_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        edit: &AlbumEdit,
    ) -> Result<Album, CatalogueError> {
        let (tenant, id, wanted) = (tenant.clone(), id.clone(), edit.clone());
        self.pool
            .write(move |db| self::edit(db, &tenant, &id, &wanted))
            .await
    }

    async fn delete_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        now: OffsetDateTime,
    ) -> Result<(), CatalogueError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.pool
            .write(move |db| delete(db, &tenant, &id, now))
            .await
    }

    async fn is_in_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        image: &ImageId,
    ) -> Result<bool, CatalogueError> {
        self.pool.look_up(|db| match find(db, tenant, id)? {
            Some((album, _)) => holds(db, tenant, album, image),
            None => Ok(false),
        })
    }

    async fn put_in_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        images: &[ImageId],
    ) -> Result<(), CatalogueError> {
        let (tenant, id, images) = (tenant.clone(), id.clone(), images.to_vec());
        self.pool
            .write(move |db| put(db, &tenant, &id, &images))
            .await
    }

    async fn take_out_of_album(
        &self,
        tenant: &TenantId,
        id: &AlbumId,
        images: &[ImageId],
    ) -> Result<(), CatalogueError> {
        let (tenant, id, images) = (tenant.clone(), id.clone(), images.to_vec());
        self.pool
            .write(move |db| take_out(db, &tenant, &id, &images))
            .await
    }
}
