//! Members and who is invited.

use async_trait::async_trait;
use imagehub_policy::{Plan, Role, TenantId, Username};
use rusqlite::{Connection, Row, Transaction, params};
use time::OffsetDateTime;

use super::super::codec::{stored_role, stored_time};
use super::super::{CatalogueError, MAX_INVITATIONS, MAX_TENANTS_PER_USER, Members, Result};
use super::SqliteCatalogue;
use super::invite_links::withdraw;
use super::rows::{self, found, refuse_full, text};
use crate::domain::timestamp::to_millis;
use crate::domain::{Invitation, Member, Membership, RoleChange};

#[async_trait]
impl Members for SqliteCatalogue {
    async fn membership(&self, tenant: &TenantId, user: &Username) -> Result<Option<Membership>> {
        self.look_up(|db| {
            rows::first(
                db,
                "SELECT role, plan
                 FROM memberships JOIN tenants ON tenants.name = memberships.tenant
                 WHERE tenant = ?1 AND user = ?2",
                (tenant.as_str(), user.as_str()),
                |row| {
                    Ok(Membership {
                        role: stored_role(&row.get::<_, String>(0)?)?,
                        plan: text(row, 1, Plan::parse)?,
                    })
                },
            )
        })
    }

    async fn members(&self, tenant: &TenantId) -> Result<Vec<Member>> {
        let tenant = tenant.clone();
        self.read(move |db| {
            rows::all(
                db,
                "SELECT user, role, since FROM memberships WHERE tenant = ?1 ORDER BY user",
                [tenant.as_str()],
                |row| {
                    Ok(Member {
                        user: text(row, 0, Username::parse)?,
                        role: stored_role(&row.get::<_, String>(1)?)?,
                        since: stored_time(row.get(2)?)?,
                    })
                },
            )
        })
        .await
    }

    async fn invitations_of(&self, name: &Username) -> Result<Vec<Invitation>> {
        let name = name.clone();
        self.read(move |db| {
            rows::all(
                db,
                "SELECT tenant, user, role, invited_at FROM invitations
                 WHERE user = ?1 ORDER BY invited_at, tenant",
                [name.as_str()],
                read_invitation,
            )
        })
        .await
    }

    async fn invitations_to(&self, tenant: &TenantId) -> Result<Vec<Invitation>> {
        let tenant = tenant.clone();
        self.read(move |db| {
            rows::all(
                db,
                "SELECT tenant, user, role, invited_at FROM invitations
                 WHERE tenant = ?1 ORDER BY user",
                [tenant.as_str()],
                read_invitation,
            )
        })
        .await
    }

    async fn set_role(
        &self,
        tenant: &TenantId,
        user: &Username,
        role: Role,
        now: OffsetDateTime,
    ) -> Result<RoleChange> {
        let (tenant, user) = (tenant.clone(), user.clone());
        self.write(move |db| set_role(db, &tenant, &user, role, now))
            .await
    }

    async fn accept_invitation(
        &self,
        tenant: &TenantId,
        user: &Username,
        now: OffsetDateTime,
    ) -> Result<Role> {
        let (tenant, user) = (tenant.clone(), user.clone());
        self.write(move |db| {
            if let Some(role) = role_of(db, &tenant, &user)? {
                return Ok(role);
            }
            let invited_as = rows::first(
                db,
                "SELECT role FROM invitations WHERE tenant = ?1 AND user = ?2",
                (tenant.as_str(), user.as_str()),
                |row| stored_role(&row.get::<_, String>(0)?),
            )?;
            let role = invited_as.ok_or(CatalogueError::NotFound)?;
            refuse_one_more(db, &tenant, &user)?;
            withdraw_invitation(db, &tenant, &user)?;
            join(db, &tenant, &user, role, to_millis(now))?;
            Ok(role)
        })
        .await
    }

    async fn decline_invitation(&self, tenant: &TenantId, user: &Username) -> Result<()> {
        let (tenant, user) = (tenant.clone(), user.clone());
        self.write(move |db| found(withdraw_invitation(db, &tenant, &user)?))
            .await
    }

    async fn remove_member(&self, tenant: &TenantId, user: &Username, by: &Username) -> Result<()> {
        let (tenant, user, by) = (tenant.clone(), user.clone(), by.clone());
        self.write(move |db| {
            if role_of(db, &tenant, &user)?.is_none() {
                return found(withdraw_invitation(db, &tenant, &user)?);
            }
            refuse_last_owner(db, &tenant, &user)?;
            for part in ["memberships", "tokens"] {
                db.execute(
                    &format!("DELETE FROM {part} WHERE tenant = ?1 AND user = ?2"),
                    (tenant.as_str(), user.as_str()),
                )?;
            }
            withdraw(db, &tenant, |link| by != user || link.created_by == user)
        })
        .await
    }
}

/// Reads a row of tenant, user, role and the time of the invitation.
pub(super) fn read_invitation(row: &Row<'_>) -> Result<Invitation> {
    Ok(Invitation {
        tenant: text(row, 0, TenantId::parse)?,
        user: text(row, 1, Username::parse)?,
        role: stored_role(&row.get::<_, String>(2)?)?,
        invited_at: stored_time(row.get(3)?)?,
    })
}

fn set_role(
    db: &Transaction<'_>,
    tenant: &TenantId,
    user: &Username,
    role: Role,
    now: OffsetDateTime,
) -> Result<RoleChange> {
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
    refuse_full(
        db,
        "SELECT count(*) FROM invitations WHERE tenant = ?1 AND user <> ?2",
        (tenant.as_str(), user.as_str()),
        MAX_INVITATIONS,
    )?;
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

pub(super) fn role_of(db: &Connection, tenant: &TenantId, user: &Username) -> Result<Option<Role>> {
    rows::first(
        db,
        "SELECT role FROM memberships WHERE tenant = ?1 AND user = ?2",
        (tenant.as_str(), user.as_str()),
        |row| stored_role(&row.get::<_, String>(0)?),
    )
}

pub(super) fn join(
    db: &Connection,
    tenant: &TenantId,
    user: &Username,
    role: Role,
    at: i64,
) -> Result<()> {
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
) -> Result<usize> {
    Ok(db.execute(
        "DELETE FROM invitations WHERE tenant = ?1 AND user = ?2",
        params![tenant.as_str(), user.as_str()],
    )?)
}

/// The tenant of the user's own name counts whether or not the user is still in it.
pub(super) fn refuse_one_more(db: &Connection, tenant: &TenantId, user: &Username) -> Result<()> {
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

pub(super) fn refuse_last_owner(db: &Connection, tenant: &TenantId, user: &Username) -> Result<()> {
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
