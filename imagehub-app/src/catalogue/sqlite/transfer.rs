//! The whole catalogue out of the file, and into it.

mod import;

use async_trait::async_trait;
use imagehub_policy::{Plan, TenantId, Username};
use rusqlite::{Connection, Row};

use super::super::entry::Entry;
use super::super::moment::from_millis;
use super::super::stored::{parsed, stored_role};
use super::super::{
    AlbumId, AlbumTitle, CatalogueError, ExportPlace, ImageId, Invitation, Member, NewAlbum,
    PublishedKey, Record, TenantRecord, Transfer,
};
use super::image_row::{self, ImageRow};
use super::{SqliteCatalogue, invite_links, shares, tokens};

/// Records a call, unless albums make it fewer.
const RECORDS: usize = 500;

/// Albums a step, each of which names all its images.
const ALBUMS: usize = 20;

/// One kind of records, read in the order of a key of two texts, which are the first columns.
struct Part {
    /// From the key `?1`, `?2` on, at most `?3`.
    query: &'static str,
    most: usize,
    read: fn(&Connection, &Row<'_>) -> Result<Entry, CatalogueError>,
}

const PARTS: [Part; 10] = [
    Part {
        query: "SELECT kid, '', public_key, last_use, listed_until FROM signing_keys
                WHERE kid > ?1 AND ?2 = '' ORDER BY kid LIMIT ?3",
        most: RECORDS,
        read: signing_key,
    },
    Part {
        query: "SELECT users.name, '', password_hash, created_at, coalesce(generation, 0)
                FROM users LEFT JOIN session_generations ON user = users.name
                WHERE users.name > ?1 AND ?2 = ''
                UNION ALL
                SELECT user, '', NULL, 0, generation FROM session_generations
                WHERE user > ?1 AND user NOT IN (SELECT name FROM users)
                ORDER BY 1 LIMIT ?3",
        most: RECORDS,
        read: user,
    },
    Part {
        query: "SELECT name, '', plan, created_at, keep_metadata FROM tenants
                WHERE name > ?1 AND ?2 = '' ORDER BY name LIMIT ?3",
        most: RECORDS,
        read: tenant,
    },
    Part {
        query: "SELECT tenant, user, role, since FROM memberships
                WHERE (tenant, user) > (?1, ?2) ORDER BY tenant, user LIMIT ?3",
        most: RECORDS,
        read: membership,
    },
    Part {
        query: "SELECT tenant, user, role, invited_at FROM invitations
                WHERE (tenant, user) > (?1, ?2) ORDER BY tenant, user LIMIT ?3",
        most: RECORDS,
        read: invitation,
    },
    Part {
        query: "SELECT tenant, secret FROM invite_links
                WHERE (tenant, secret) > (?1, ?2) ORDER BY tenant, secret LIMIT ?3",
        most: RECORDS,
        read: invite_link,
    },
    Part {
        query: "SELECT user, jti FROM tokens
                WHERE (user, jti) > (?1, ?2) ORDER BY user, jti LIMIT ?3",
        most: RECORDS,
        read: token,
    },
    Part {
        query: "SELECT CAST(ordinal AS TEXT), '', tenant FROM images
                WHERE ordinal > CAST(?1 AS INTEGER) AND ?2 = '' ORDER BY ordinal LIMIT ?3",
        most: RECORDS,
        read: image,
    },
    Part {
        query: "SELECT CAST(ordinal AS TEXT), '', tenant, id, title, cover, created_by, created_at
                FROM albums
                WHERE ordinal > CAST(?1 AS INTEGER) AND ?2 = '' ORDER BY ordinal LIMIT ?3",
        most: ALBUMS,
        read: album,
    },
    Part {
        query: "SELECT tenant, secret FROM shares
                WHERE (tenant, secret) > (?1, ?2) ORDER BY tenant, secret LIMIT ?3",
        most: RECORDS,
        read: share,
    },
];

/// A part, and the key of the last record read of it.
type Place = (usize, String, String);

fn export(
    db: &Connection,
    from: Option<&ExportPlace>,
) -> Result<(Vec<Record>, Option<ExportPlace>), CatalogueError> {
    let (mut part, mut first, mut second): Place = match from {
        None => Place::default(),
        Some(ExportPlace(text)) => parsed(text, |text| serde_json::from_str(text))?,
    };
    let mut records = Vec::new();
    while let Some(reading) = PARTS.get(part) {
        let most = reading.most.min(RECORDS - records.len());
        let mut query = db.prepare_cached(reading.query)?;
        let mut rows = query.query((&first, &second, i64::try_from(most).unwrap_or(i64::MAX)))?;
        let mut found = 0;
        while let Some(row) = rows.next()? {
            records.push((reading.read)(db, row)?.into());
            (first, second) = (row.get(0)?, row.get(1)?);
            found += 1;
        }
        if found < most {
            (part, first, second) = (part + 1, String::new(), String::new());
        } else if found == reading.most || records.len() == RECORDS {
            let place = serde_json::to_string(&(part, first, second))
                .map_err(|error| CatalogueError::Damaged(error.to_string()))?;
            return Ok((records, Some(ExportPlace(place))));
        }
    }
    Ok((records, None))
}

fn text<T, E>(
    row: &Row<'_>,
    column: usize,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, CatalogueError> {
    parsed(&row.get::<_, String>(column)?, parse)
}

fn signing_key(_: &Connection, row: &Row<'_>) -> Result<Entry, CatalogueError> {
    Ok(Entry::SigningKey(PublishedKey {
        kid: row.get(0)?,
        public_key: row.get(2)?,
        last_use: from_millis(row.get(3)?)?,
        listed_until: from_millis(row.get(4)?)?,
    }))
}

fn user(_: &Connection, row: &Row<'_>) -> Result<Entry, CatalogueError> {
    Ok(Entry::User {
        name: text(row, 0, Username::parse)?,
        password_hash: row.get(2)?,
        created_at: from_millis(row.get(3)?)?,
        generation: row.get::<_, i64>(4)?.unsigned_abs(),
    })
}

fn tenant(_: &Connection, row: &Row<'_>) -> Result<Entry, CatalogueError> {
    Ok(Entry::Tenant(TenantRecord {
        name: text(row, 0, TenantId::parse)?,
        plan: text(row, 2, Plan::parse)?,
        created_at: from_millis(row.get(3)?)?,
        keep_metadata: row.get(4)?,
    }))
}

fn membership(_: &Connection, row: &Row<'_>) -> Result<Entry, CatalogueError> {
    let member = Member {
        user: text(row, 1, Username::parse)?,
        role: stored_role(&row.get::<_, String>(2)?)?,
        since: from_millis(row.get(3)?)?,
    };
    Ok(Entry::Membership(text(row, 0, TenantId::parse)?, member))
}

fn invitation(_: &Connection, row: &Row<'_>) -> Result<Entry, CatalogueError> {
    Ok(Entry::Invitation(Invitation {
        tenant: text(row, 0, TenantId::parse)?,
        user: text(row, 1, Username::parse)?,
        role: stored_role(&row.get::<_, String>(2)?)?,
        invited_at: from_millis(row.get(3)?)?,
    }))
}

/// Reads the one row of a table that has the key which `row` begins with.
fn keyed<T>(
    db: &Connection,
    row: &Row<'_>,
    query: &str,
    read: impl FnOnce(&Row<'_>) -> Result<T, CatalogueError>,
) -> Result<T, CatalogueError> {
    let key = (row.get::<_, String>(0)?, row.get::<_, String>(1)?);
    let mut query = db.prepare_cached(query)?;
    let mut rows = query.query(key)?;
    match rows.next()? {
        Some(row) => read(row),
        None => Err(CatalogueError::Damaged("a record is gone".to_owned())),
    }
}

fn invite_link(db: &Connection, row: &Row<'_>) -> Result<Entry, CatalogueError> {
    let columns = invite_links::COLUMNS;
    let query = format!("SELECT {columns} FROM invite_links WHERE tenant = ?1 AND secret = ?2");
    let link = keyed(db, row, &query, invite_links::read)?;
    Ok(Entry::InviteLink(text(row, 0, TenantId::parse)?, link))
}

fn token(db: &Connection, row: &Row<'_>) -> Result<Entry, CatalogueError> {
    let columns = tokens::COLUMNS;
    let query = format!("SELECT {columns} FROM tokens WHERE user = ?1 AND jti = ?2");
    let token = keyed(db, row, &query, tokens::read)?;
    Ok(Entry::Token(text(row, 0, Username::parse)?, token))
}

fn image(db: &Connection, row: &Row<'_>) -> Result<Entry, CatalogueError> {
    let columns = image_row::COLUMNS;
    let query = format!(
        "SELECT {columns} FROM images WHERE ordinal = CAST(?1 AS INTEGER) AND ?2 IS NOT NULL"
    );
    let image = keyed(db, row, &query, |row| ImageRow::read(row)?.record())?;
    Ok(Entry::Image(text(row, 2, TenantId::parse)?, image))
}

fn album(db: &Connection, row: &Row<'_>) -> Result<Entry, CatalogueError> {
    let mut query = db.prepare_cached(
        "SELECT images.id FROM album_images JOIN images USING (ordinal)
         WHERE album = CAST(?1 AS INTEGER) ORDER BY ordinal",
    )?;
    let ids = query.query_map([row.get::<_, String>(0)?], |row| row.get(0))?;
    let images = ids
        .map(|id| parsed(&id.map(|id: String| id)?, ImageId::parse))
        .collect::<Result<_, CatalogueError>>()?;
    let cover: Option<String> = row.get(5)?;
    Ok(Entry::Album {
        tenant: text(row, 2, TenantId::parse)?,
        album: NewAlbum {
            id: text(row, 3, AlbumId::parse)?,
            title: text(row, 4, AlbumTitle::parse)?,
            created_by: text(row, 6, Username::parse)?,
            created_at: from_millis(row.get(7)?)?,
        },
        cover: cover.map(|id| parsed(&id, ImageId::parse)).transpose()?,
        images,
    })
}

fn share(db: &Connection, row: &Row<'_>) -> Result<Entry, CatalogueError> {
    let columns = shares::COLUMNS;
    let query = format!("SELECT {columns} FROM shares WHERE tenant = ?1 AND secret = ?2");
    let share = keyed(db, row, &query, shares::read)?;
    Ok(Entry::Share(text(row, 0, TenantId::parse)?, share))
}

#[async_trait]
impl Transfer for SqliteCatalogue {
    async fn export(
        &self,
        from: Option<&ExportPlace>,
    ) -> Result<(Vec<Record>, Option<ExportPlace>), CatalogueError> {
        let from = from.cloned();
        self.pool
            .read(move |db| export(&*db.transaction()?, from.as_ref()))
            .await
    }

    async fn import(&self, records: &[Record]) -> Result<(), CatalogueError> {
        let entries = records
            .iter()
            .map(Entry::try_from)
            .collect::<Result<Vec<_>, _>>()?;
        self.pool
            .write(move |db| {
                entries
                    .iter()
                    .try_for_each(|entry| import::write(db, entry))
            })
            .await
    }

    async fn is_empty(&self) -> Result<bool, CatalogueError> {
        self.pool
            .read(|db| {
                Ok(db.query_row(
                    "SELECT NOT EXISTS (SELECT 1 FROM users) AND NOT EXISTS (SELECT 1 FROM tenants)",
                    [],
                    |row| row.get(0),
                )?)
            })
            .await
    }
}
