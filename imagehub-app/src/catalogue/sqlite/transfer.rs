//! The whole catalogue out of the file, as of one moment, and into it.

mod import;

use async_trait::async_trait;
use imagehub_policy::{Plan, TenantId, Username};
use rusqlite::{Connection, Row};
use tokio::sync::mpsc::Sender;

use super::super::codec::{parsed, stored_role, stored_time};
use super::super::{Record, Result, Transfer};
use super::rows::text;
use super::{SqliteCatalogue, image_row, invite_links, members, shares, signing_keys, tokens};
use crate::domain::{AlbumId, AlbumTitle, ImageId, Member, NewAlbum, TenantRecord};

/// How a row becomes a record.
type Read = fn(&Connection, &Row<'_>) -> Result<Record>;

/// Sends what each query finds, until nobody receives any more.
fn export(db: &Connection, records: &Sender<Record>) -> Result<()> {
    let (invite_links, tokens) = (invite_links::COLUMNS, tokens::COLUMNS);
    let (images, shares) = (image_row::COLUMNS, shares::COLUMNS);
    let parts: [(&str, Read); 10] = [
        (
            "SELECT kid, public_key, last_use, listed_until FROM signing_keys ORDER BY kid",
            |_, row| Ok(Record::SigningKey(signing_keys::read(row)?)),
        ),
        (
            "SELECT users.name, password_hash, created_at, coalesce(generation, 0)
             FROM users LEFT JOIN session_generations ON user = users.name
             UNION ALL
             SELECT user, NULL, 0, generation FROM session_generations
             WHERE user NOT IN (SELECT name FROM users)
             ORDER BY 1",
            user,
        ),
        (
            "SELECT name, plan, created_at, keep_metadata FROM tenants ORDER BY name",
            tenant,
        ),
        (
            "SELECT tenant, user, role, since FROM memberships ORDER BY tenant, user",
            membership,
        ),
        (
            "SELECT tenant, user, role, invited_at FROM invitations ORDER BY tenant, user",
            |_, row| Ok(Record::Invitation(members::read_invitation(row)?)),
        ),
        (
            &format!("SELECT {invite_links}, tenant FROM invite_links ORDER BY tenant, secret"),
            |_, row| {
                let (tenant, link) = (text(row, 5, TenantId::parse)?, invite_links::read(row)?);
                Ok(Record::InviteLink { tenant, link })
            },
        ),
        (
            &format!("SELECT {tokens}, user FROM tokens ORDER BY user, jti"),
            |_, row| {
                let (user, token) = (text(row, 7, Username::parse)?, tokens::read(row)?);
                Ok(Record::Token { user, token })
            },
        ),
        (
            &format!("SELECT {images}, tenant FROM images ORDER BY ordinal"),
            |_, row| {
                let (tenant, (_, image)) = (text(row, 18, TenantId::parse)?, image_row::read(row)?);
                let image = Box::new(image);
                Ok(Record::Image { tenant, image })
            },
        ),
        (
            "SELECT tenant, id, title, cover, created_by, created_at, ordinal FROM albums
             ORDER BY ordinal",
            album,
        ),
        (
            &format!("SELECT {shares}, tenant FROM shares ORDER BY tenant, secret"),
            |_, row| {
                let (tenant, share) = (text(row, 7, TenantId::parse)?, shares::read(row)?);
                Ok(Record::Share { tenant, share })
            },
        ),
    ];
    for (query, read) in parts {
        let mut query = db.prepare(query)?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            if records.blocking_send(read(db, row)?).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn user(_: &Connection, row: &Row<'_>) -> Result<Record> {
    Ok(Record::User {
        name: text(row, 0, Username::parse)?,
        password_hash: row.get(1)?,
        created_at: stored_time(row.get(2)?)?,
        generation: row.get::<_, i64>(3)?.unsigned_abs(),
    })
}

fn tenant(_: &Connection, row: &Row<'_>) -> Result<Record> {
    Ok(Record::Tenant(TenantRecord {
        name: text(row, 0, TenantId::parse)?,
        plan: text(row, 1, Plan::parse)?,
        created_at: stored_time(row.get(2)?)?,
        keep_metadata: row.get(3)?,
    }))
}

fn membership(_: &Connection, row: &Row<'_>) -> Result<Record> {
    Ok(Record::Membership {
        tenant: text(row, 0, TenantId::parse)?,
        member: Member {
            user: text(row, 1, Username::parse)?,
            role: stored_role(&row.get::<_, String>(2)?)?,
            since: stored_time(row.get(3)?)?,
        },
    })
}

fn album(db: &Connection, row: &Row<'_>) -> Result<Record> {
    let mut query = db.prepare_cached(
        "SELECT images.id FROM album_images JOIN images USING (ordinal)
         WHERE album = ?1 ORDER BY ordinal",
    )?;
    let ids = query.query_map([row.get::<_, i64>(6)?], |row| row.get::<_, String>(0))?;
    let images = ids
        .map(|id| parsed(&id?, ImageId::parse))
        .collect::<Result<_>>()?;
    let cover: Option<String> = row.get(3)?;
    Ok(Record::Album {
        tenant: text(row, 0, TenantId::parse)?,
        album: NewAlbum {
            id: text(row, 1, AlbumId::parse)?,
            title: text(row, 2, AlbumTitle::parse)?,
            created_by: text(row, 4, Username::parse)?,
            created_at: stored_time(row.get(5)?)?,
        },
        cover: cover.map(|id| parsed(&id, ImageId::parse)).transpose()?,
        images,
    })
}

#[async_trait]
impl Transfer for SqliteCatalogue {
    async fn export(&self, records: Sender<Record>) -> Result<()> {
        self.read(move |db| export(&*db.transaction()?, &records))
            .await
    }

    async fn import(&self, records: &[Record]) -> Result<()> {
        let records = records.to_vec();
        self.write(move |db| {
            records
                .iter()
                .try_for_each(|record| import::write(db, record))
        })
        .await
    }

    async fn is_empty(&self) -> Result<bool> {
        self.read(|db| {
            Ok(db.query_row(
                "SELECT NOT EXISTS (SELECT 1 FROM users) AND NOT EXISTS (SELECT 1 FROM tenants)",
                [],
                |row| row.get(0),
            )?)
        })
        .await
    }
}
