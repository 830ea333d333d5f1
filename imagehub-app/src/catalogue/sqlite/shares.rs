//! Share links.

use async_trait::async_trait;
use imagehub_policy::{TenantId, Username};
use rusqlite::{Connection, Row, params};
use time::OffsetDateTime;

use super::super::codec::{parsed, stored_time};
use super::super::{CatalogueError, Result, Shares};
use super::SqliteCatalogue;
use super::rows::{self, found, refuse_full, text};
use super::{albums, images};
use crate::domain::timestamp::to_millis;
use crate::domain::{AlbumId, Audience, ImageId, LinkSecret, MAX_SHARES, Share, ShareTarget};

/// Links listed at most.
const LISTED: u32 = 1_000;

/// Links forgotten at once.
const FORGOTTEN: u32 = 100;

/// What [`read`] reads.
pub(super) const COLUMNS: &str = "secret, image, album, until, created_by, created_at, revoked_at";

/// Writes a link, unless its secret is there already, or the tenant or what it shows is not: one
/// that is over may outlive what it showed.
pub(super) fn write(db: &Connection, tenant: &TenantId, share: &Share) -> Result<()> {
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
pub(super) fn read(row: &Row<'_>) -> Result<Share> {
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
        secret: text(row, 0, LinkSecret::parse)?,
        target,
        audience,
        created_by: text(row, 4, Username::parse)?,
        created_at: stored_time(row.get(5)?)?,
        revoked_at: row.get::<_, Option<i64>>(6)?.map(stored_time).transpose()?,
    })
}

#[async_trait]
impl Shares for SqliteCatalogue {
    async fn create_share(&self, tenant: &TenantId, new: &Share) -> Result<()> {
        let (tenant, new) = (tenant.clone(), new.clone());
        self.write(move |db| {
            match &new.target {
                ShareTarget::Image(id) => {
                    images::live(db, &tenant, id)?;
                }
                ShareTarget::Album(id) => {
                    albums::find(db, &tenant, id)?.ok_or(CatalogueError::NotFound)?;
                }
            }
            refuse_full(
                db,
                "SELECT count(*) FROM shares
                 WHERE tenant = ?1 AND revoked_at IS NULL
                     AND coalesce(until, 9223372036854775807) > ?2",
                (tenant.as_str(), to_millis(new.created_at)),
                MAX_SHARES,
            )?;
            write(db, &tenant, &new)
        })
        .await
    }

    async fn shares(
        &self,
        tenant: &TenantId,
        target: Option<&ShareTarget>,
        now: OffsetDateTime,
    ) -> Result<Vec<Share>> {
        let (tenant, target) = (tenant.clone(), target.cloned());
        self.read(move |db| {
            let (filter, id) = match &target {
                None => ("?3 IS NULL", None),
                Some(ShareTarget::Image(id)) => ("image = ?3", Some(id.as_str())),
                Some(ShareTarget::Album(id)) => ("album = ?3", Some(id.as_str())),
            };
            rows::all(
                db,
                &format!(
                    "SELECT {COLUMNS} FROM shares
                     WHERE tenant = ?1 AND {filter} AND revoked_at IS NULL
                         AND (until IS NULL OR until > ?2)
                     ORDER BY created_at DESC, secret LIMIT {LISTED}"
                ),
                (tenant.as_str(), to_millis(now), id),
                read,
            )
        })
        .await
    }

    async fn find_share(&self, tenant: &TenantId, secret: &LinkSecret) -> Result<Option<Share>> {
        self.look_up(|db| {
            rows::first(
                db,
                &format!("SELECT {COLUMNS} FROM shares WHERE tenant = ?1 AND secret = ?2"),
                (tenant.as_str(), secret.as_str()),
                read,
            )
        })
    }

    async fn revoke_share(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
        now: OffsetDateTime,
    ) -> Result<()> {
        let (tenant, secret) = (tenant.clone(), secret.clone());
        self.write(move |db| {
            found(db.execute(
                "UPDATE shares SET revoked_at = coalesce(revoked_at, ?3)
                 WHERE tenant = ?1 AND secret = ?2",
                (tenant.as_str(), secret.as_str(), to_millis(now)),
            )?)
        })
        .await
    }

    async fn forget_shares_over_before(&self, time: OffsetDateTime) -> Result<usize> {
        self.write(move |db| {
            Ok(db.execute(
                "DELETE FROM shares WHERE (tenant, secret) IN
                     (SELECT tenant, secret FROM shares WHERE over_at < ?1
                      ORDER BY over_at LIMIT ?2)",
                (to_millis(time), FORGOTTEN),
            )?)
        })
        .await
    }
}
