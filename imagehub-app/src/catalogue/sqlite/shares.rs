//! Share links.

use async_trait::async_trait;
use imagehub_policy::{TenantId, Username};
use rusqlite::{Connection, Row, Transaction, params};
use time::OffsetDateTime;

use super::super::codec::{parsed, stored_time};
use super::super::{CatalogueError, Shares};
use super::SqliteCatalogue;
use super::{albums, images, tenants};
use crate::domain::timestamp::to_millis;
use crate::domain::{AlbumId, Audience, ImageId, LinkSecret, MAX_SHARES, Share, ShareTarget};

/// Links listed at most.
const LISTED: u32 = 1_000;

/// Links forgotten at once.
const FORGOTTEN: u32 = 100;

/// What [`read`] reads.
pub(super) const COLUMNS: &str = "secret, image, album, until, created_by, created_at, revoked_at";

fn create(db: &Transaction<'_>, tenant: &TenantId, new: &Share) -> Result<(), CatalogueError> {
    match &new.target {
        ShareTarget::Image(id) => {
            images::live(db, tenant, id)?;
        }
        ShareTarget::Album(id) => {
            albums::find(db, tenant, id)?.ok_or(CatalogueError::NotFound)?;
        }
    }
    let there: i64 = db.query_row(
        "SELECT count(*) FROM shares
         WHERE tenant = ?1 AND revoked_at IS NULL AND coalesce(until, 9223372036854775807) > ?2",
        (tenant.as_str(), to_millis(new.created_at)),
        |row| row.get(0),
    )?;
    if usize::try_from(there).is_ok_and(|there| there >= MAX_SHARES) {
        return Err(CatalogueError::TooMany);
    }
    write(db, tenant, new)
}

/// Writes a link, unless its secret is there already, or the tenant or what it shows is not: one
/// that is over may outlive what it showed.
pub(super) fn write(
    db: &Connection,
    tenant: &TenantId,
    share: &Share,
) -> Result<(), CatalogueError> {
    let (image, album) = match &share.target {
        ShareTarget::Image(id) => (Some(id.as_str()), None),
        ShareTarget::Album(id) => (None, Some(id.as_str())),
    };
    let until = match share.audience {
        Audience::Tenant => None,
        Audience::Anyone { until } => Some(to_millis(until)),
    };
    db.execute(
        "INSERT INTO shares (tenant, secret, image, album, until, created_by, created_at,
             revoked_at)
         SELECT name, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM tenants WHERE name = ?1
             AND (?8 IS NOT NULL
                 OR EXISTS (SELECT 1 FROM images WHERE tenant = ?1 AND id = ?3)
                 OR EXISTS (SELECT 1 FROM albums WHERE tenant = ?1 AND id = ?4))
         ON CONFLICT DO NOTHING",
        params![
            tenant.as_str(),
            share.secret.as_str(),
            image,
            album,
            until,
            share.created_by.as_str(),
            to_millis(share.created_at),
            share.revoked_at.map(to_millis),
        ],
    )?;
    Ok(())
}

/// Reads a row of [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> Result<Share, CatalogueError> {
    let image: Option<String> = row.get(1)?;
    let album: Option<String> = row.get(2)?;
    let target = match (image, album) {
        (Some(id), None) => ShareTarget::Image(parsed(&id, ImageId::parse)?),
        (None, Some(id)) => ShareTarget::Album(parsed(&id, AlbumId::parse)?),
        _ => return Err(CatalogueError::Damaged("a link to nothing".to_owned())),
    };
    let audience = match row.get::<_, Option<i64>>(3)? {
        None => Audience::Tenant,
        Some(until) => Audience::Anyone {
            until: stored_time(until)?,
        },
    };
    Ok(Share {
        secret: parsed(&row.get::<_, String>(0)?, LinkSecret::parse)?,
        target,
        audience,
        created_by: parsed(&row.get::<_, String>(4)?, Username::parse)?,
        created_at: stored_time(row.get(5)?)?,
        revoked_at: row.get::<_, Option<i64>>(6)?.map(stored_time).transpose()?,
    })
}

fn listed(
    db: &Connection,
    tenant: &TenantId,
    target: Option<&ShareTarget>,
    now: OffsetDateTime,
) -> Result<Vec<Share>, CatalogueError> {
    let (filter, id) = match target {
        None => ("?3 IS NULL", None),
        Some(ShareTarget::Image(id)) => ("image = ?3", Some(id.as_str())),
        Some(ShareTarget::Album(id)) => ("album = ?3", Some(id.as_str())),
    };
    let mut query = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM shares
         WHERE tenant = ?1 AND {filter} AND revoked_at IS NULL
             AND (until IS NULL OR until > ?2)
         ORDER BY created_at DESC, secret LIMIT {LISTED}"
    ))?;
    let mut rows = query.query((tenant.as_str(), to_millis(now), id))?;
    let mut shares = Vec::new();
    while let Some(row) = rows.next()? {
        shares.push(read(row)?);
    }
    Ok(shares)
}

fn find(
    db: &Connection,
    tenant: &TenantId,
    secret: &LinkSecret,
) -> Result<Option<Share>, CatalogueError> {
    let mut query = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM shares WHERE tenant = ?1 AND secret = ?2"
    ))?;
    let mut rows = query.query((tenant.as_str(), secret.as_str()))?;
    rows.next()?.map(read).transpose()
}

fn revoke(
    db: &Transaction<'_>,
    tenant: &TenantId,
    secret: &LinkSecret,
    now: OffsetDateTime,
) -> Result<(), CatalogueError> {
    tenants::found(db.execute(
        "UPDATE shares SET revoked_at = coalesce(revoked_at, ?3)
         WHERE tenant = ?1 AND secret = ?2",
        (tenant.as_str(), secret.as_str(), to_millis(now)),
    )?)
}

fn forget_over_before(db: &Transaction<'_>, time: OffsetDateTime) -> Result<usize, CatalogueError> {
    Ok(db.execute(
        "DELETE FROM shares WHERE (tenant, secret) IN
             (SELECT tenant, secret FROM shares WHERE over_at < ?1 ORDER BY over_at LIMIT ?2)",
        (to_millis(time), FORGOTTEN),
    )?)
}

#[async_trait]
impl Shares for SqliteCatalogue {
    async fn create_share(&self, tenant: &TenantId, new: &Share) -> Result<(), CatalogueError> {
        let (tenant, new) = (tenant.clone(), new.clone());
        self.pool.write(move |db| create(db, &tenant, &new)).await
    }

    async fn shares(
        &self,
        tenant: &TenantId,
        target: Option<&ShareTarget>,
        now: OffsetDateTime,
    ) -> Result<Vec<Share>, CatalogueError> {
        let (tenant, target) = (tenant.clone(), target.cloned());
        self.pool
            .read(move |db| listed(db, &tenant, target.as_ref(), now))
            .await
    }

    async fn find_share(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
    ) -> Result<Option<Share>, CatalogueError> {
        self.pool.look_up(|db| find(db, tenant, secret))
    }

    async fn revoke_share(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
        now: OffsetDateTime,
    ) -> Result<(), CatalogueError> {
        let (tenant, secret) = (tenant.clone(), secret.clone());
        self.pool
            .write(move |db| revoke(db, &tenant, &secret, now))
            .await
    }

    async fn forget_shares_over_before(
        &self,
        time: OffsetDateTime,
    ) -> Result<usize, CatalogueError> {
        self.pool
            .write(move |db| forget_over_before(db, time))
            .await
    }
}
