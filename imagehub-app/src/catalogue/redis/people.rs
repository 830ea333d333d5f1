//! Users and what is theirs.

use imagehub_policy::{Plan, TenantId, Username};

use super::super::CatalogueError;
use super::super::codec::{parsed, stored_time};
use super::tenants::RoleAt;
use super::{RedisCatalogue, done, keys, scripts};
use crate::domain::timestamp::to_millis;
use crate::domain::{Grants, Invitation, Membership, NewUser, User};

impl RedisCatalogue {
    pub(super) async fn make_user(&self, new: &NewUser) -> Result<(), CatalogueError> {
        let name = new.name.as_str();
        let script = &scripts::CREATE_USER;
        let mut create = script.prepare_invoke();
        create
            .arg(name)
            .arg(&new.password_hash)
            .arg(new.plan.as_str())
            .arg(to_millis(new.created_at));
        done(&self.connection.script::<String>(&create).await?)
    }

    pub(super) async fn user(&self, name: &Username) -> Result<Option<User>, CatalogueError> {
        let created_at: Option<i64> = self.user_field(name, "created_at").await?;
        created_at
            .map(|at| {
                Ok(User {
                    name: name.clone(),
                    created_at: stored_time(at)?,
                })
            })
            .transpose()
    }

    pub(super) async fn user_field<T: redis::FromRedisValue>(
        &self,
        name: &Username,
        field: &str,
    ) -> Result<Option<T>, CatalogueError> {
        self.connection
            .command(redis::cmd("HGET").arg(keys::user(name.as_str())).arg(field))
            .await
    }

    pub(super) async fn change_password(
        &self,
        name: &Username,
        generation: u64,
        hash: &str,
    ) -> Result<u64, CatalogueError> {
        let script = &scripts::SET_PASSWORD;
        let mut change = script.prepare_invoke();
        change.arg(name.as_str()).arg(generation).arg(hash);
        done(&self.connection.script::<String>(&change).await?)?;
        Ok(generation + 1)
    }

    pub(super) async fn grants(&self, user: &Username) -> Result<Grants, CatalogueError> {
        let names: Vec<String> = self
            .connection
            .command(redis::cmd("SMEMBERS").arg(keys::user_tenants(user)))
            .await?;
        let mut ask = redis::pipe();
        for name in &names {
            ask.hget(keys::members(name), user.as_str());
            ask.hget(keys::tenant(name), "plan");
        }
        let answers: Vec<Option<String>> = self.connection.pipeline(&ask).await?;
        let mut grants = Grants::new();
        for (name, answer) in names.iter().zip(answers.chunks_exact(2)) {
            // Between the two questions the user may have left a tenant.
            if let [Some(role), Some(plan)] = answer {
                let membership = Membership {
                    role: RoleAt::parse(role)?.role,
                    plan: parsed(plan, Plan::parse)?,
                };
                grants.insert(parsed(name, TenantId::parse)?, membership);
            }
        }
        Ok(grants)
    }

    pub(super) async fn offers(&self, user: &Username) -> Result<Vec<Invitation>, CatalogueError> {
        let names: Vec<String> = self
            .connection
            .command(redis::cmd("SMEMBERS").arg(keys::user_invitations(user)))
            .await?;
        let mut ask = redis::pipe();
        for name in &names {
            ask.hget(keys::invitations(name), user.as_str());
        }
        let answers: Vec<Option<String>> = self.connection.pipeline(&ask).await?;
        let mut invitations = Vec::new();
        for (name, answer) in names.iter().zip(answers) {
            if let Some(offer) = answer {
                let offer = RoleAt::parse(&offer)?;
                invitations.push(Invitation {
                    tenant: parsed(name, TenantId::parse)?,
                    user: user.clone(),
                    role: offer.role,
                    invited_at: offer.at,
                });
            }
        }
        invitations.sort_by(|a, b| (a.invited_at, &a.tenant).cmp(&(b.invited_at, &b.tenant)));
        Ok(invitations)
    }
}
