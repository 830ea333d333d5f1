//! Users and what is theirs.

use imagehub_policy::{Plan, Role, TenantId, Username};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::super::CatalogueError;
use super::super::codec::{parsed, stored_role, stored_time};
use super::tenants::found;
use super::{tenants, tokens};
use crate::domain::timestamp::to_millis;
use crate::domain::{Grants, Invitation, Membership, NewUser, User};

pub(super) fn create_user(db: &Transaction<'_>, new: &NewUser) -> Result<(), CatalogueError> {
    if name_taken(db, new.name.as_str(), None)? {
        return Err(CatalogueError::Taken);
    }
    let at = to_millis(new.created_at);
    let name = new.name.as_str();
    db.execute(
        "INSERT INTO users (name, password_hash, created_at) VALUES (?1, ?2, ?3)",
        params![name, new.password_hash, at],
    )?;
    db.execute(
        "INSERT INTO tenants (name, plan, created_at) VALUES (?1, ?2, ?3)",
        params![name, new.plan.as_str(), at],
    )?;
    db.execute(
        "INSERT INTO memberships (tenant, user, role, since) VALUES (?1, ?1, ?2, ?3)",
        params![name, Role::Owner.as_str(), at],
    )?;
    Ok(())
}

/// Users and tenants share one set of names; a user's name is free for a tenant of that user's.
pub(super) fn name_taken(
    db: &Connection,
    name: &str,
    founder: Option<&Username>,
) -> Result<bool, CatalogueError> {
    Ok(db.query_row(
        "SELECT EXISTS (SELECT 1 FROM users WHERE name = ?1 AND name IS NOT ?2)
             OR EXISTS (SELECT 1 FROM tenants WHERE name = ?1)",
        (name, founder.map(Username::as_str)),
        |row| row.get(0),
    )?)
}

pub(super) fn find_user(db: &Connection, name: &Username) -> Result<Option<User>, CatalogueError> {
    let created_at: Option<i64> = db
        .query_row(
            "SELECT created_at FROM users WHERE name = ?1",
            [name.as_str()],
            |row| row.get(0),
        )
        .optional()?;
    created_at
        .map(|at| {
            Ok(User {
                name: name.clone(),
                created_at: stored_time(at)?,
            })
        })
        .transpose()
}

pub(super) fn password_hash(
    db: &Connection,
    name: &Username,
) -> Result<Option<String>, CatalogueError> {
    Ok(db
        .query_row(
            "SELECT password_hash FROM users WHERE name = ?1",
            [name.as_str()],
            |row| row.get(0),
        )
        .optional()?)
}

pub(super) fn set_password(
    db: &Transaction<'_>,
    name: &Username,
    generation: u64,
    hash: &str,
) -> Result<u64, CatalogueError> {
    found(db.execute(
        "UPDATE users SET password_hash = ?2 WHERE name = ?1",
        (name.as_str(), hash),
    )?)?;
    tokens::refuse_signed_out(db, name, generation)?;
    tokens::sign_out_everywhere(db, name)?;
    tokens::generation(db, name)
}

pub(super) fn delete_user(db: &Transaction<'_>, name: &Username) -> Result<(), CatalogueError> {
    for (tenant, membership) in tenants_of(db, name)? {
        let alone: bool = db.query_row(
            "SELECT NOT EXISTS (SELECT 1 FROM memberships WHERE tenant = ?1 AND user <> ?2)",
            (tenant.as_str(), name.as_str()),
            |row| row.get(0),
        )?;
        if alone {
            tenants::delete(db, &tenant)?;
        } else if membership.role == Role::Owner {
            tenants::refuse_last_owner(db, &tenant, name)?;
        }
    }
    tokens::sign_out_everywhere(db, name)?;
    db.execute(
        "DELETE FROM invite_links WHERE created_by = ?1",
        [name.as_str()],
    )?;
    for part in ["memberships", "invitations"] {
        db.execute(
            &format!("DELETE FROM {part} WHERE user = ?1"),
            [name.as_str()],
        )?;
    }
    found(db.execute("DELETE FROM users WHERE name = ?1", [name.as_str()])?)
}

pub(super) fn tenants_of(db: &Connection, name: &Username) -> Result<Grants, CatalogueError> {
    let mut query = db.prepare_cached(
        "SELECT tenants.name, role, plan
         FROM memberships JOIN tenants ON tenants.name = memberships.tenant
         WHERE user = ?1",
    )?;
    let mut rows = query.query([name.as_str()])?;
    let mut grants = Grants::new();
    while let Some(row) = rows.next()? {
        let membership = Membership {
            role: stored_role(&row.get::<_, String>(1)?)?,
            plan: parsed(&row.get::<_, String>(2)?, Plan::parse)?,
        };
        grants.insert(
            parsed(&row.get::<_, String>(0)?, TenantId::parse)?,
            membership,
        );
    }
    Ok(grants)
}

pub(super) fn invitations_of(
    db: &Connection,
    name: &Username,
) -> Result<Vec<Invitation>, CatalogueError> {
    invitations(
        db,
        "SELECT tenant, user, role, invited_at FROM invitations
         WHERE user = ?1 ORDER BY invited_at, tenant",
        name.as_str(),
    )
}

pub(super) fn invitations(
    db: &Connection,
    query: &str,
    name: &str,
) -> Result<Vec<Invitation>, CatalogueError> {
    let mut query = db.prepare_cached(query)?;
    let mut rows = query.query([name])?;
    let mut invitations = Vec::new();
    while let Some(row) = rows.next()? {
        invitations.push(Invitation {
            tenant: parsed(&row.get::<_, String>(0)?, TenantId::parse)?,
            user: parsed(&row.get::<_, String>(1)?, Username::parse)?,
            role: stored_role(&row.get::<_, String>(2)?)?,
            invited_at: stored_time(row.get(3)?)?,
        });
    }
    Ok(invitations)
}
