//! Invite links.

use async_trait::async_trait;
use imagehub_policy::{Role, TenantId, Username};
use rusqlite::{Connection, Row, Transaction, params};
use time::OffsetDateTime;

use super::super::codec::{stored_role, stored_time};
use super::super::{CatalogueError, InviteLinks, Result};
use super::SqliteCatalogue;
use super::members;
use super::rows::{self, found, refuse_full, text};
use super::users::find_user;
use crate::domain::timestamp::to_millis;
use crate::domain::{InviteLink, LinkSecret, MAX_INVITE_LINKS};

/// What [`read`] reads.
pub(super) const COLUMNS: &str = "secret, role, created_by, created_at, until";

/// Writes a link, unless its secret is there already or the tenant is not.
pub(super) fn write(db: &Connection, tenant: &TenantId, new: &InviteLink) -> Result<()> {
    db.execute(
        "INSERT INTO invite_links (tenant, secret, role, created_by, created_at, until)
         SELECT name, ?2, ?3, ?4, ?5, ?6 FROM tenants WHERE name = ?1
         ON CONFLICT DO NOTHING",
        params![
            tenant.as_str(),
            new.secret.as_str(),
            new.role.as_str(),
            new.created_by.as_str(),
            to_millis(new.created_at),
            to_millis(new.until),
        ],
    )?;
    Ok(())
}

/// Reads a row of [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> Result<InviteLink> {
    Ok(InviteLink {
        secret: text(row, 0, LinkSecret::parse)?,
        role: stored_role(&row.get::<_, String>(1)?)?,
        created_by: text(row, 2, Username::parse)?,
        created_at: stored_time(row.get(3)?)?,
        until: stored_time(row.get(4)?)?,
    })
}

fn all(db: &Connection, tenant: &TenantId, now: OffsetDateTime) -> Result<Vec<InviteLink>> {
    rows::all(
        db,
        &format!(
            "SELECT {COLUMNS} FROM invite_links WHERE tenant = ?1 AND until > ?2
         ORDER BY created_at DESC, secret"
        ),
        (tenant.as_str(), to_millis(now)),
        read,
    )
}

/// Withdraws those of a tenant's links that a test picks.
pub(super) fn withdraw(
    db: &Transaction<'_>,
    tenant: &TenantId,
    is_meant: impl Fn(&InviteLink) -> bool,
) -> Result<()> {
    for link in all(db, tenant, OffsetDateTime::UNIX_EPOCH)? {
        if is_meant(&link) {
            revoke(db, tenant, &link.secret)?;
        }
    }
    Ok(())
}

fn revoke(db: &Transaction<'_>, tenant: &TenantId, secret: &LinkSecret) -> Result<usize> {
    Ok(db.execute(
        "DELETE FROM invite_links WHERE tenant = ?1 AND secret = ?2",
        (tenant.as_str(), secret.as_str()),
    )?)
}

fn find(
    db: &Connection,
    tenant: &TenantId,
    secret: &LinkSecret,
    now: OffsetDateTime,
) -> Result<Option<InviteLink>> {
    rows::first(
        db,
        &format!(
            "SELECT {COLUMNS} FROM invite_links WHERE tenant = ?1 AND secret = ?2 AND until > ?3"
        ),
        (tenant.as_str(), secret.as_str(), to_millis(now)),
        read,
    )
}

#[async_trait]
impl InviteLinks for SqliteCatalogue {
    async fn create_invite_link(&self, tenant: &TenantId, new: &InviteLink) -> Result<()> {
        let (tenant, new) = (tenant.clone(), new.clone());
        self.write(move |db| {
            if members::role_of(db, &tenant, &new.created_by)? != Some(Role::Owner) {
                return Err(CatalogueError::NotFound);
            }
            db.execute(
                "DELETE FROM invite_links WHERE tenant = ?1 AND until <= ?2",
                (tenant.as_str(), to_millis(new.created_at)),
            )?;
            refuse_full(
                db,
                "SELECT count(*) FROM invite_links WHERE tenant = ?1",
                [tenant.as_str()],
                MAX_INVITE_LINKS,
            )?;
            write(db, &tenant, &new)
        })
        .await
    }

    async fn invite_links(
        &self,
        tenant: &TenantId,
        now: OffsetDateTime,
    ) -> Result<Vec<InviteLink>> {
        let tenant = tenant.clone();
        self.read(move |db| all(db, &tenant, now)).await
    }

    async fn find_invite_link(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
        now: OffsetDateTime,
    ) -> Result<Option<InviteLink>> {
        self.look_up(|db| find(db, tenant, secret, now))
    }

    async fn revoke_invite_link(&self, tenant: &TenantId, secret: &LinkSecret) -> Result<()> {
        let (tenant, secret) = (tenant.clone(), secret.clone());
        self.write(move |db| found(revoke(db, &tenant, &secret)?))
            .await
    }

    async fn join_by_link(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
        user: &Username,
        now: OffsetDateTime,
    ) -> Result<Role> {
        let (tenant, secret, user) = (tenant.clone(), secret.clone(), user.clone());
        self.write(move |db| {
            let link = find(db, &tenant, &secret, now)?.ok_or(CatalogueError::NotFound)?;
            if find_user(db, &user)?.is_none() {
                return Err(CatalogueError::NotFound);
            }
            if let Some(role) = members::role_of(db, &tenant, &user)? {
                return Ok(role);
            }
            members::refuse_one_more(db, &tenant, &user)?;
            members::withdraw_invitation(db, &tenant, &user)?;
            members::join(db, &tenant, &user, link.role, to_millis(now))?;
            Ok(link.role)
        })
        .await
    }
}
