//! Tenants and their members.

use std::collections::BTreeMap;

use imagehub_policy::{Plan, Role, TenantId, Username};
use time::OffsetDateTime;

use super::super::codec::{parsed, stored_role, stored_time};
use super::super::{CatalogueError, MAX_INVITATIONS, MAX_TENANTS_PER_USER};
use super::{RedisCatalogue, done, keys, refusal, scripts};
use crate::domain::timestamp::to_millis;
use crate::domain::{ImageId, Invitation, Member, Membership, RoleChange, TenantRecord};

/// Tenants a user may have beside the one of the user's own name, which always counts.
pub(super) const OTHER_TENANTS: usize = MAX_TENANTS_PER_USER - 1;

/// A role and since when, as memberships and invitations are stored.
pub(super) struct RoleAt {
    pub(super) role: Role,
    pub(super) at: OffsetDateTime,
}

impl RoleAt {
    pub(super) fn parse(text: &str) -> Result<Self, CatalogueError> {
        let damaged = || CatalogueError::Damaged(format!("{text:?}"));
        let (role, millis) = text.split_once(' ').ok_or_else(damaged)?;
        Ok(Self {
            role: stored_role(role)?,
            at: stored_time(millis.parse().map_err(|_| damaged())?)?,
        })
    }

    /// The role in a script's answer: a member's, unless it names what is wrong.
    pub(super) fn answered(answer: &str) -> Result<Role, CatalogueError> {
        if answer.contains(' ') {
            Ok(Self::parse(answer)?.role)
        } else {
            Err(refusal(answer))
        }
    }
}

impl RedisCatalogue {
    pub(super) async fn make_tenant(
        &self,
        name: &TenantId,
        owner: &Username,
        plan: &Plan,
        now: OffsetDateTime,
    ) -> Result<(), CatalogueError> {
        let script = &scripts::CREATE_TENANT;
        let mut create = script.prepare_invoke();
        create
            .arg(name.as_str())
            .arg(owner.as_str())
            .arg(plan.as_str())
            .arg(to_millis(now))
            .arg(OTHER_TENANTS);
        done(&self.connection.script::<String>(&create).await?)
    }

    pub(super) async fn tenant(
        &self,
        name: &TenantId,
    ) -> Result<Option<TenantRecord>, CatalogueError> {
        let (plan, created_at, keep): (Option<String>, Option<i64>, Option<u8>) = self
            .connection
            .command(redis::cmd("HMGET").arg(keys::tenant(name.as_str())).arg(&[
                "plan",
                "created_at",
                "keep_metadata",
            ]))
            .await?;
        let (Some(plan), Some(created_at)) = (plan, created_at) else {
            return Ok(None);
        };
        Ok(Some(TenantRecord {
            name: name.clone(),
            plan: parsed(&plan, Plan::parse)?,
            created_at: stored_time(created_at)?,
            keep_metadata: keep == Some(1),
        }))
    }

    /// Sets `plan` or `keep_metadata`.
    pub(super) async fn set_tenant_field(
        &self,
        tenant: &TenantId,
        field: &str,
        value: &str,
    ) -> Result<(), CatalogueError> {
        let script = &scripts::SET_TENANT_FIELD;
        let mut change = script.prepare_invoke();
        change.arg(tenant.as_str()).arg(field).arg(value);
        done(&self.connection.script::<String>(&change).await?)
    }

    pub(super) async fn member(
        &self,
        tenant: &TenantId,
        user: &Username,
    ) -> Result<Option<Membership>, CatalogueError> {
        let mut ask = redis::pipe();
        ask.hget(keys::members(tenant.as_str()), user.as_str());
        ask.hget(keys::tenant(tenant.as_str()), "plan");
        let answer: (Option<String>, Option<String>) = self.connection.pipeline(&ask).await?;
        let (Some(role), Some(plan)) = answer else {
            return Ok(None);
        };
        Ok(Some(Membership {
            role: RoleAt::parse(&role)?.role,
            plan: parsed(&plan, Plan::parse)?,
        }))
    }

    pub(super) async fn member_list(
        &self,
        tenant: &TenantId,
    ) -> Result<Vec<Member>, CatalogueError> {
        let roles = self.roles(keys::members(tenant.as_str())).await?;
        roles
            .into_iter()
            .map(|(user, role)| {
                let role = RoleAt::parse(&role)?;
                Ok(Member {
                    user: parsed(&user, Username::parse)?,
                    role: role.role,
                    since: role.at,
                })
            })
            .collect()
    }

    pub(super) async fn offers_of(
        &self,
        tenant: &TenantId,
    ) -> Result<Vec<Invitation>, CatalogueError> {
        let offers = self.roles(keys::invitations(tenant.as_str())).await?;
        offers
            .into_iter()
            .map(|(user, offer)| {
                let offer = RoleAt::parse(&offer)?;
                Ok(Invitation {
                    tenant: tenant.clone(),
                    user: parsed(&user, Username::parse)?,
                    role: offer.role,
                    invited_at: offer.at,
                })
            })
            .collect()
    }

    pub(super) async fn change_role(
        &self,
        tenant: &TenantId,
        user: &Username,
        role: Role,
        now: OffsetDateTime,
    ) -> Result<RoleChange, CatalogueError> {
        let script = &scripts::SET_ROLE;
        let mut change = script.prepare_invoke();
        change
            .arg(tenant.as_str())
            .arg(user.as_str())
            .arg(role.as_str())
            .arg(to_millis(now))
            .arg(MAX_INVITATIONS);
        match self.connection.script::<String>(&change).await?.as_str() {
            "changed" => Ok(RoleChange::Changed),
            "invited" => Ok(RoleChange::Invited),
            other => Err(refusal(other)),
        }
    }

    pub(super) async fn accept(
        &self,
        tenant: &TenantId,
        user: &Username,
        now: OffsetDateTime,
    ) -> Result<Role, CatalogueError> {
        let script = &scripts::ACCEPT_INVITATION;
        let mut accept = script.prepare_invoke();
        accept
            .arg(tenant.as_str())
            .arg(user.as_str())
            .arg(to_millis(now))
            .arg(OTHER_TENANTS);
        RoleAt::answered(&self.connection.script::<String>(&accept).await?)
    }

    pub(super) async fn decline(
        &self,
        tenant: &TenantId,
        user: &Username,
    ) -> Result<(), CatalogueError> {
        let script = &scripts::DECLINE_INVITATION;
        let mut decline = script.prepare_invoke();
        decline.arg(tenant.as_str()).arg(user.as_str());
        done(&self.connection.script::<String>(&decline).await?)
    }

    pub(super) async fn remove(
        &self,
        tenant: &TenantId,
        user: &Username,
        by: &Username,
    ) -> Result<(), CatalogueError> {
        let script = &scripts::REMOVE_MEMBER;
        let mut remove = script.prepare_invoke();
        remove
            .arg(tenant.as_str())
            .arg(user.as_str())
            .arg(by.as_str());
        done(&self.connection.script::<String>(&remove).await?)
    }

    pub(super) async fn all_images(
        &self,
        tenant: &TenantId,
    ) -> Result<Vec<ImageId>, CatalogueError> {
        let mut ask = redis::pipe();
        ask.zrange(keys::images(tenant), 0, -1);
        ask.zrange(keys::deleted(tenant), 0, -1);
        let (kept, deleted): (Vec<String>, Vec<String>) =
            self.connection.pipeline(ask.atomic()).await?;
        let ids = kept.iter().chain(&deleted);
        ids.map(|id| parsed(id, ImageId::parse)).collect()
    }

    async fn roles(&self, key: String) -> Result<BTreeMap<String, String>, CatalogueError> {
        self.connection
            .command(redis::cmd("HGETALL").arg(key))
            .await
    }
}
