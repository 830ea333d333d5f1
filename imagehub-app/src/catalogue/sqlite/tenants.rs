//! Tenants.

use async_trait::async_trait;
use imagehub_policy::{Plan, Role, TenantId, Username};
use rusqlite::{Connection, Transaction, params};
use time::OffsetDateTime;

use super::super::codec::stored_time;
use super::super::{CatalogueError, Result, Tenants};
use super::SqliteCatalogue;
use super::members::{join, refuse_one_more};
use super::rows::{self, found, text};
use super::users::{find_user, name_taken};
use crate::domain::timestamp::to_millis;
use crate::domain::{TenantRecord, Usage};

#[async_trait]
impl Tenants for SqliteCatalogue {
    async fn create_tenant(
        &self,
        name: &TenantId,
        owner: &Username,
        plan: &Plan,
        now: OffsetDateTime,
    ) -> Result<()> {
        let (name, owner, plan) = (name.clone(), owner.clone(), plan.clone());
        self.write(move |db| {
            if name_taken(db, name.as_str(), Some(&owner))? {
                return Err(CatalogueError::Taken);
            }
            if find_user(db, &owner)?.is_none() {
                return Err(CatalogueError::NotFound);
            }
            refuse_one_more(db, &name, &owner)?;
            let at = to_millis(now);
            db.execute(
                "INSERT INTO tenants (name, plan, created_at) VALUES (?1, ?2, ?3)",
                params![name.as_str(), plan.as_str(), at],
            )?;
            join(db, &name, &owner, Role::Owner, at)
        })
        .await
    }

    async fn find_tenant(&self, name: &TenantId) -> Result<Option<TenantRecord>> {
        self.look_up(|db| find(db, name))
    }

    async fn set_plan(&self, tenant: &TenantId, plan: &Plan) -> Result<()> {
        let (tenant, plan) = (tenant.clone(), plan.clone());
        self.write(move |db| {
            found(db.execute(
                "UPDATE tenants SET plan = ?2 WHERE name = ?1",
                params![tenant.as_str(), plan.as_str()],
            )?)
        })
        .await
    }

    async fn set_keep_metadata(&self, tenant: &TenantId, keep: bool) -> Result<()> {
        let tenant = tenant.clone();
        self.write(move |db| {
            found(db.execute(
                "UPDATE tenants SET keep_metadata = ?2 WHERE name = ?1",
                (tenant.as_str(), keep),
            )?)
        })
        .await
    }

    async fn delete_tenant(&self, tenant: &TenantId) -> Result<()> {
        let tenant = tenant.clone();
        self.write(move |db| delete(db, &tenant)).await
    }

    async fn usage(&self, tenant: &TenantId) -> Result<Usage> {
        self.look_up(|db| Ok(usage(db, tenant)?.unwrap_or_default()))
    }
}

pub(super) fn find(db: &Connection, name: &TenantId) -> Result<Option<TenantRecord>> {
    let query = "SELECT plan, created_at, keep_metadata FROM tenants WHERE name = ?1";
    rows::first(db, query, [name.as_str()], |row| {
        Ok(TenantRecord {
            name: name.clone(),
            plan: text(row, 0, Plan::parse)?,
            created_at: stored_time(row.get(1)?)?,
            keep_metadata: row.get(2)?,
        })
    })
}

/// What the tenant's images take, as counted with every change; `None` for an unknown tenant.
pub(super) fn usage(db: &Connection, tenant: &TenantId) -> Result<Option<Usage>> {
    let query = "SELECT images, bytes, deleted_images, deleted_bytes FROM tenants WHERE name = ?1";
    rows::first(db, query, [tenant.as_str()], |row| {
        let counted = |column: usize| row.get(column).map(i64::unsigned_abs);
        Ok(Usage {
            images: counted(0)?,
            bytes: counted(1)?,
            deleted_images: counted(2)?,
            deleted_bytes: counted(3)?,
        })
    })
}

pub(super) fn delete(db: &Transaction<'_>, tenant: &TenantId) -> Result<()> {
    const PARTS: [&str; 8] = [
        "shares",
        "albums",
        "image_tags",
        "images",
        "tokens",
        "invite_links",
        "invitations",
        "memberships",
    ];
    for part in PARTS {
        db.execute(
            &format!("DELETE FROM {part} WHERE tenant = ?1"),
            [tenant.as_str()],
        )?;
    }
    found(db.execute("DELETE FROM tenants WHERE name = ?1", [tenant.as_str()])?)
}
