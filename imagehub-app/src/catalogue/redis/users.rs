//! Users.

use async_trait::async_trait;
use imagehub_policy::{Plan, TenantId, Username};

use super::super::codec::{parsed, stored_time};
use super::super::{Result, Users};
use super::members::RoleAt;
use super::{RedisCatalogue, keys, scripts};
use crate::domain::timestamp::to_millis;
use crate::domain::{Grants, Membership, NewUser, User};

#[async_trait]
impl Users for RedisCatalogue {
    async fn create_user(&self, new: &NewUser) -> Result<()> {
        let name = new.name.as_str();
        self.change(
            scripts::CREATE_USER
                .arg(name)
                .arg(&new.password_hash)
                .arg(new.plan.as_str())
                .arg(to_millis(new.created_at)),
        )
        .await
    }

    async fn find_user(&self, name: &Username) -> Result<Option<User>> {
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

    async fn password_hash(&self, name: &Username) -> Result<Option<String>> {
        self.user_field(name, "password_hash").await
    }

    async fn set_password(&self, name: &Username, generation: u64, hash: &str) -> Result<u64> {
        self.change(
            scripts::SET_PASSWORD
                .arg(name.as_str())
                .arg(generation)
                .arg(hash),
        )
        .await?;
        Ok(generation + 1)
    }

    async fn delete_user(&self, user: &Username) -> Result<()> {
        self.change(&scripts::DELETE_USER.arg(user.as_str()))
            .await?;
        self.try_to_finish_forgetting().await;
        Ok(())
    }

    async fn tenants_of(&self, user: &Username) -> Result<Grants> {
        let names: Vec<String> = self
            .command(redis::cmd("SMEMBERS").arg(keys::user_tenants(user)))
            .await?;
        let mut ask = redis::pipe();
        for name in &names {
            ask.hget(keys::members(name), user.as_str());
            ask.hget(keys::tenant(name), "plan");
        }
        let answers: Vec<Option<String>> = self.pipeline(&ask).await?;
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
}

impl RedisCatalogue {
    pub(super) async fn user_field<T: redis::FromRedisValue>(
        &self,
        name: &Username,
        field: &str,
    ) -> Result<Option<T>> {
        self.command(redis::cmd("HGET").arg(keys::user(name.as_str())).arg(field))
            .await
    }
}
