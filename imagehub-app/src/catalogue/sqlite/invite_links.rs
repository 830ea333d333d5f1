//! Invite links.

use async_trait::async_trait;
use imagehub_policy::{Role, TenantId, Username};
use rusqlite::{Connection, Row, Transaction, params};
use time::OffsetDateTime;

use super::super::codec::{parsed, stored_role, stored_time};
use super::super::{CatalogueError, InviteLinks};
use super::SqliteCatalogue;
use super::people::find_user;
use super::tenants::{self, found};
use crate::domain::timestamp::to_millis;
use crate::domain::{InviteLink, LinkSecret, MAX_INVITE_LINKS};

/// What [`read`] reads.
pub(super) const COLUMNS: &str = "secret, role, created_by, created_at, until";

fn create(db: &Transaction<'_>, tenant: &TenantId, new: &InviteLink) -> Result<(), CatalogueError> {
    if tenants::role_of(db, tenant, &new.created_by)? != Some(Role::Owner) {
        return Err(CatalogueError::NotFound);
    }
    db.execute(
        "DELETE FROM invite_links WHERE tenant = ?1 AND until <= ?2",
        (tenant.as_str(), to_millis(new.created_at)),
    )?;
    let there: i64 = db.query_row(
        "SELECT count(*) FROM invite_links WHERE tenant = ?1",
        [tenant.as_str()],
        |row| row.get(0),
    )?;
    if usize::try_from(there).is_ok_and(|there| there >= MAX_INVITE_LINKS) {
        return Err(CatalogueError::TooMany);
    }
    write(db, tenant, new)
}

/// Writes a link, unless its secret is there already or the tenant is not.
pub(super) fn write(
    db: &Connection,
    tenant: &TenantId,
    new: &InviteLink,
) -> Result<(), CatalogueError> {
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
pub(super) fn read(row: &Row<'_>) -> Result<InviteLink, CatalogueError> {
    Ok(InviteLink {
        secret: parsed(&row.get::<_, String>(0)?, LinkSecret::parse)?,
        role: stored_role(&row.get::<_, String>(1)?)?,
        created_by: parsed(&row.get::<_, String>(2)?, Username::parse)?,
        created_at: stored_time(row.get(3)?)?,
        until: stored_time(row.get(4)?)?,
    })
}

fn all(
    db: &Connection,
    tenant: &TenantId,
    now: OffsetDateTime,
) -> Result<Vec<InviteLink>, CatalogueError> {
    let mut query = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM invite_links WHERE tenant = ?1 AND until > ?2
         ORDER BY created_at DESC, secret"
    ))?;
    let mut rows = query.query((tenant.as_str(), to_millis(now)))?;
    let mut links = Vec::new();
    while let Some(row) = rows.next()? {
        links.push(read(row)?);
    }
    Ok(links)
}

/// Withdraws those of a tenant's links that a test picks.
pub(super) fn withdraw(
    db: &Transaction<'_>,
    tenant: &TenantId,
    is_meant: impl Fn(&InviteLink) -> bool,
) -> Result<(), CatalogueError> {
    for link in all(db, tenant, OffsetDateTime::UNIX_EPOCH)? {
        if is_meant(&link) {
            revoke(db, tenant, &link.secret)?;
        }
    }
    Ok(())
}

fn revoke(
    db: &Transaction<'_>,
    tenant: &TenantId,
    secret: &LinkSecret,
) -> Result<usize, CatalogueError> {
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
) -> Result<Option<InviteLink>, CatalogueError> {
    let mut query = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM invite_links WHERE tenant = ?1 AND secret = ?2 AND until > ?3"
    ))?;
    let mut rows = query.query((tenant.as_str(), secret.as_str(), to_millis(now)))?;
    rows.next()?.map(read).transpose()
}

fn join_by(
    db: &Transaction<'_>,
    tenant: &TenantId,
    secret: &LinkSecret,
    user: &Username,
    now: OffsetDateTime,
) -> Result<Role, CatalogueError> {
    let link = find(db, tenant, secret, now)?.ok_or(CatalogueError::NotFound)?;
    if find_user(db, user)?.is_none() {
        return Err(CatalogueError::NotFound);
    }
    if let Some(role) = tenants::role_of(db, tenant, user)? {
        return Ok(role);
    }
    tenants::refuse_one_more(db, tenant, user)?;
    tenants::withdraw_invitation(db, tenant, user)?;
    tenants::join(db, tenant, user, link.role, to_millis(now))?;
    Ok(link.role)
}

#[async_trait]
impl InviteLinks for SqliteCatalogue {
    async fn create_invite_link(
        &self,
        tenant: &TenantId,
        new: &InviteLink,
    ) -> Result<(), CatalogueError> {
        let (tenant, new) = (tenant.clone(), new.clone());
        self.pool.write(move |db| create(db, &tenant, &new)).await
    }

    async fn invite_links(
        &self,
        tenant: &TenantId,
        now: OffsetDateTime,
    ) -> Result<Vec<InviteLink>, CatalogueError> {
        let tenant = tenant.clone();
        self.pool.read(move |db| all(db, &tenant, now)).await
    }

    async fn find_invite_link(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
        now: OffsetDateTime,
    ) -> Result<Option<InviteLink>, CatalogueError> {
        self.pool.look_up(|db| find(db, tenant, secret, now))
    }

    async fn revoke_invite_link(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
    ) -> Result<(), CatalogueError> {
        let (tenant, secret) = (tenant.clone(), secret.clone());
        self.pool
            .write(move |db| found(revoke(db, &tenant, &secret)?))
            .await
    }

    async fn join_by_link(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
        user: &Username,
        now: OffsetDateTime,
    ) -> Result<Role, CatalogueError> {
        let (tenant, secret, user) = (tenant.clone(), secret.clone(), user.clone());
        self.pool
            .write(move |db| join_by(db, &tenant, &secret, &user, now))
            .await
    }
}
