//! Users.

use async_trait::async_trait;
use imagehub_policy::{Plan, Role, TenantId, Username};
use rusqlite::{Connection, params};

use super::super::codec::{stored_role, stored_time};
use super::super::{CatalogueError, Result, Users};
use super::rows::{self, found, text};
use super::{SqliteCatalogue, members, tenants, tokens};
use crate::domain::timestamp::to_millis;
use crate::domain::{Grants, Membership, NewUser, User};

#[async_trait]
impl Users for SqliteCatalogue {
    async fn create_user(&self, new: &NewUser) -> Result<()> {
        let new = new.clone();
        self.write(move |db| {
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
        })
        .await
    }

    async fn find_user(&self, name: &Username) -> Result<Option<User>> {
        self.look_up(|db| find_user(db, name))
    }

    async fn password_hash(&self, name: &Username) -> Result<Option<String>> {
        let query = "SELECT password_hash FROM users WHERE name = ?1";
        self.look_up(|db| rows::first(db, query, [name.as_str()], |row| Ok(row.get(0)?)))
    }

    async fn set_password(&self, name: &Username, generation: u64, hash: &str) -> Result<u64> {
        let (name, hash) = (name.clone(), hash.to_owned());
        self.write(move |db| {
            found(db.execute(
                "UPDATE users SET password_hash = ?2 WHERE name = ?1",
                (name.as_str(), &hash),
            )?)?;
            tokens::refuse_signed_out(db, &name, generation)?;
            tokens::sign_out_everywhere(db, &name)?;
            tokens::generation(db, &name)
        })
        .await
    }

    async fn delete_user(&self, name: &Username) -> Result<()> {
        let name = name.clone();
        self.write(move |db| {
            for (tenant, membership) in tenants_of(db, &name)? {
                let alone: bool = db.query_row(
                    "SELECT NOT EXISTS (
                         SELECT 1 FROM memberships WHERE tenant = ?1 AND user <> ?2)",
                    (tenant.as_str(), name.as_str()),
                    |row| row.get(0),
                )?;
                if alone {
                    tenants::delete(db, &tenant)?;
                } else if membership.role == Role::Owner {
                    members::refuse_last_owner(db, &tenant, &name)?;
                }
            }
            tokens::sign_out_everywhere(db, &name)?;
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
        })
        .await
    }

    async fn tenants_of(&self, name: &Username) -> Result<Grants> {
        self.look_up(|db| tenants_of(db, name))
    }
}

/// Users and tenants share one set of names; a user's name is free for a tenant of that user's.
pub(super) fn name_taken(db: &Connection, name: &str, founder: Option<&Username>) -> Result<bool> {
    Ok(db.query_row(
        "SELECT EXISTS (SELECT 1 FROM users WHERE name = ?1 AND name IS NOT ?2)
             OR EXISTS (SELECT 1 FROM tenants WHERE name = ?1)",
        (name, founder.map(Username::as_str)),
        |row| row.get(0),
    )?)
}

pub(super) fn find_user(db: &Connection, name: &Username) -> Result<Option<User>> {
    let query = "SELECT created_at FROM users WHERE name = ?1";
    rows::first(db, query, [name.as_str()], |row| {
        Ok(User {
            name: name.clone(),
            created_at: stored_time(row.get(0)?)?,
        })
    })
}

pub(super) fn tenants_of(db: &Connection, name: &Username) -> Result<Grants> {
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
            plan: text(row, 2, Plan::parse)?,
        };
        grants.insert(text(row, 0, TenantId::parse)?, membership);
    }
    Ok(grants)
}
