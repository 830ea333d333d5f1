//! Tenants and their members.

use imagehub_policy::{Plan, Role, TenantId, Username};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use time::OffsetDateTime;

use super::super::codec::{parsed, stored_role, stored_time};
use super::super::{CatalogueError, MAX_INVITATIONS, MAX_TENANTS_PER_USER};
use super::invite_links::withdraw;
use super::people::{find_user, invitations, name_taken};
use crate::domain::timestamp::to_millis;
use crate::domain::{ImageId, Invitation, Member, Membership, RoleChange, TenantRecord, Usage};

pub(super) fn create(
    db: &Transaction<'_>,
    name: &TenantId,
    owner: &Username,
    plan: &Plan,
    now: OffsetDateTime,
) -> Result<(), CatalogueError> {
    if name_taken(db, name.as_str(), Some(owner))? {
        return Err(CatalogueError::Taken);
    }
    if find_user(db, owner)?.is_none() {
        return Err(CatalogueError::NotFound);
    }
    refuse_one_more(db, name, owner)?;
    let at = to_millis(now);
    db.execute(
        "INSERT INTO tenants (name, plan, created_at) VALUES (?1, ?2, ?3)",
        params![name.as_str(), plan.as_str(), at],
    )?;
    join(db, name, owner, Role::Owner, at)
}

pub(super) fn find(
    db: &Connection,
    name: &TenantId,
) -> Result<Option<TenantRecord>, CatalogueError> {
    let row: Option<(String, i64, bool)> = db
        .prepare_cached("SELECT plan, created_at, keep_metadata FROM tenants WHERE name = ?1")?
        .query_row([name.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    row.map(|(plan, at, keep_metadata)| {
        Ok(TenantRecord {
            name: name.clone(),
            plan: parsed(&plan, Plan::parse)?,
            created_at: stored_time(at)?,
            keep_metadata,
        })
    })
    .transpose()
}

pub(super) fn set_plan(
    db: &Transaction<'_>,
    tenant: &TenantId,
    plan: &Plan,
) -> Result<(), CatalogueError> {
    let changed = db.execute(
        "UPDATE tenants SET plan = ?2 WHERE name = ?1",
        params![tenant.as_str(), plan.as_str()],
    )?;
    found(changed)
}

pub(super) fn set_keep_metadata(
    db: &Transaction<'_>,
    tenant: &TenantId,
    keep: bool,
) -> Result<(), CatalogueError> {
    let changed = db.execute(
        "UPDATE tenants SET keep_metadata = ?2 WHERE name = ?1",
        (tenant.as_str(), keep),
    )?;
    found(changed)
}

/// What the tenant's images take, as counted with every change; `None` for an unknown tenant.
pub(super) fn usage(db: &Connection, tenant: &TenantId) -> Result<Option<Usage>, CatalogueError> {
    let counted = |row: &Row<'_>, column: usize| row.get(column).map(i64::unsigned_abs);
    Ok(db
        .prepare_cached(
            "SELECT images, bytes, deleted_images, deleted_bytes FROM tenants WHERE name = ?1",
        )?
        .query_row([tenant.as_str()], |row| {
            Ok(Usage {
                images: counted(row, 0)?,
                bytes: counted(row, 1)?,
                deleted_images: counted(row, 2)?,
                deleted_bytes: counted(row, 3)?,
            })
        })
        .optional()?)
}

pub(super) fn image_ids(
    db: &Connection,
    tenant: &TenantId,
) -> Result<Vec<ImageId>, CatalogueError> {
    let mut query = db.prepare_cached("SELECT id FROM images WHERE tenant = ?1")?;
    let mut rows = query.query([tenant.as_str()])?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        ids.push(parsed(&row.get::<_, String>(0)?, ImageId::parse)?);
    }
    Ok(ids)
}

pub(super) fn delete(db: &Transaction<'_>, tenant: &TenantId) -> Result<(), CatalogueError> {
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

pub(super) fn membership(
    db: &Connection,
    tenant: &TenantId,
    user: &Username,
) -> Result<Option<Membership>, CatalogueError> {
    let row: Option<(String, String)> = db
        .prepare_cached(
            "SELECT role, plan
             FROM memberships JOIN tenants ON tenants.name = memberships.tenant
             WHERE tenant = ?1 AND user = ?2",
        )?
        .query_row(params![tenant.as_str(), user.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    row.map(|(role, plan)| {
        Ok(Membership {
            role: stored_role(&role)?,
            plan: parsed(&plan, Plan::parse)?,
        })
    })
    .transpose()
}

pub(super) fn members(db: &Connection, tenant: &TenantId) -> Result<Vec<Member>, CatalogueError> {
    let mut query = db.prepare_cached(
        "SELECT user, role, since FROM memberships WHERE tenant = ?1 ORDER BY user",
    )?;
    let mut rows = query.query([tenant.as_str()])?;
    let mut members = Vec::new();
    while let Some(row) = rows.next()? {
        members.push(Member {
            user: parsed(&row.get::<_, String>(0)?, Username::parse)?,
            role: stored_role(&row.get::<_, String>(1)?)?,
            since: stored_time(row.get(2)?)?,
        });
    }
    Ok(members)
}

pub(super) fn invitations_to(
    db: &Connection,
    tenant: &TenantId,
) -> Result<Vec<Invitation>, CatalogueError> {
    invitations(
        db,
        "SELECT tenant, user, role, invited_at FROM invitations
         WHERE tenant = ?1 ORDER BY user",
        tenant.as_str(),
    )
}

pub(super) fn set_role(
    db: &Transaction<'_>,
    tenant: &TenantId,
    user: &Username,
    role: Role,
    now: OffsetDateTime,
) -> Result<RoleChange, CatalogueError> {
    let known: bool = db.query_row(
        "SELECT EXISTS (SELECT 1 FROM users WHERE name = ?2)
            AND EXISTS (SELECT 1 FROM tenants WHERE name = ?1)",
        params![tenant.as_str(), user.as_str()],
        |row| row.get(0),
    )?;
    if !known {
        return Err(CatalogueError::NotFound);
    }
    let who_as_what = params![tenant.as_str(), user.as_str(), role.as_str()];
    if let Some(old) = role_of(db, tenant, user)? {
        if role != Role::Owner {
            refuse_last_owner(db, tenant, user)?;
        }
        db.execute(
            "UPDATE memberships SET role = ?3 WHERE tenant = ?1 AND user = ?2",
            who_as_what,
        )?;
        if role < old {
            withdraw(db, tenant, |link| {
                link.created_by == *user || link.role > role
            })?;
        }
        return Ok(RoleChange::Changed);
    }
    let others: i64 = db.query_row(
        "SELECT count(*) FROM invitations WHERE tenant = ?1 AND user <> ?2",
        (tenant.as_str(), user.as_str()),
        |row| row.get(0),
    )?;
    if usize::try_from(others).is_ok_and(|others| others >= MAX_INVITATIONS) {
        return Err(CatalogueError::TooMany);
    }
    db.execute(
        "INSERT INTO invitations (tenant, user, role, invited_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET role = excluded.role, invited_at = excluded.invited_at",
        params![
            tenant.as_str(),
            user.as_str(),
            role.as_str(),
            to_millis(now)
        ],
    )?;
    Ok(RoleChange::Invited)
}

pub(super) fn accept_invitation(
    db: &Transaction<'_>,
    tenant: &TenantId,
    user: &Username,
    now: OffsetDateTime,
) -> Result<Role, CatalogueError> {
    if let Some(role) = role_of(db, tenant, user)? {
        return Ok(role);
    }
    let role: Option<String> = db
        .query_row(
            "SELECT role FROM invitations WHERE tenant = ?1 AND user = ?2",
            params![tenant.as_str(), user.as_str()],
            |row| row.get(0),
        )
        .optional()?;
    let role = stored_role(&role.ok_or(CatalogueError::NotFound)?)?;
    refuse_one_more(db, tenant, user)?;
    withdraw_invitation(db, tenant, user)?;
    join(db, tenant, user, role, to_millis(now))?;
    Ok(role)
}

pub(super) fn remove_member(
    db: &Transaction<'_>,
    tenant: &TenantId,
    user: &Username,
    by: &Username,
) -> Result<(), CatalogueError> {
    if role_of(db, tenant, user)?.is_none() {
        return found(withdraw_invitation(db, tenant, user)?);
    }
    refuse_last_owner(db, tenant, user)?;
    for part in ["memberships", "tokens"] {
        db.execute(
            &format!("DELETE FROM {part} WHERE tenant = ?1 AND user = ?2"),
            (tenant.as_str(), user.as_str()),
        )?;
    }
    withdraw(db, tenant, |link| by != user || link.created_by == *user)
}

pub(super) fn role_of(
    db: &Connection,
    tenant: &TenantId,
    user: &Username,
) -> Result<Option<Role>, CatalogueError> {
    let role: Option<String> = db
        .query_row(
            "SELECT role FROM memberships WHERE tenant = ?1 AND user = ?2",
            params![tenant.as_str(), user.as_str()],
            |row| row.get(0),
        )
        .optional()?;
    role.map(|role| stored_role(&role)).transpose()
}

pub(super) fn join(
    db: &Connection,
    tenant: &TenantId,
    user: &Username,
    role: Role,
    at: i64,
) -> Result<(), CatalogueError> {
    db.execute(
        "INSERT INTO memberships (tenant, user, role, since) VALUES (?1, ?2, ?3, ?4)",
        params![tenant.as_str(), user.as_str(), role.as_str(), at],
    )?;
    Ok(())
}

pub(super) fn withdraw_invitation(
    db: &Connection,
    tenant: &TenantId,
    user: &Username,
) -> Result<usize, CatalogueError> {
    Ok(db.execute(
        "DELETE FROM invitations WHERE tenant = ?1 AND user = ?2",
        params![tenant.as_str(), user.as_str()],
    )?)
}

/// The tenant of the user's own name counts whether or not the user is still in it.
pub(super) fn refuse_one_more(
    db: &Connection,
    tenant: &TenantId,
    user: &Username,
) -> Result<(), CatalogueError> {
    if tenant.as_str() == user.as_str() {
        return Ok(());
    }
    let others: u32 = db.query_row(
        "SELECT count(*) FROM memberships WHERE user = ?1 AND tenant <> ?1",
        [user.as_str()],
        |row| row.get(0),
    )?;
    if others as usize + 1 >= MAX_TENANTS_PER_USER {
        Err(CatalogueError::TooManyTenants)
    } else {
        Ok(())
    }
}

pub(super) fn refuse_last_owner(
    db: &Connection,
    tenant: &TenantId,
    user: &Username,
) -> Result<(), CatalogueError> {
    let owner_remains: bool = db.query_row(
        "SELECT EXISTS (
             SELECT 1 FROM memberships WHERE tenant = ?1 AND user <> ?2 AND role = ?3)",
        params![tenant.as_str(), user.as_str(), Role::Owner.as_str()],
        |row| row.get(0),
    )?;
    if owner_remains || role_of(db, tenant, user)? != Some(Role::Owner) {
        Ok(())
    } else {
        Err(CatalogueError::LastOwner)
    }
}

pub(super) fn found(changed: usize) -> Result<(), CatalogueError> {
    if changed == 0 {
        Err(CatalogueError::NotFound)
    } else {
        Ok(())
    }
}
