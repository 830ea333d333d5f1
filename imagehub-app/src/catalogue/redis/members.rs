//! Members and who is invited.

use std::collections::BTreeMap;

use async_trait::async_trait;
use imagehub_policy::{Plan, Role, TenantId, Username};
use time::OffsetDateTime;

use super::super::codec::{parsed, stored_role, stored_time};
use super::super::{CatalogueError, MAX_INVITATIONS, Members, Result};
use super::tenants::OTHER_TENANTS;
use super::{RedisCatalogue, keys, refusal, scripts};
use crate::domain::timestamp::to_millis;
use crate::domain::{Invitation, Member, Membership, RoleChange};

/// A role and since when, as memberships and invitations are stored.
pub(super) struct RoleAt {
    pub(super) role: Role,
    pub(super) at: OffsetDateTime,
}

impl RoleAt {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let damaged = || CatalogueError::Damaged(format!("{text:?}"));
        let (role, millis) = text.split_once(' ').ok_or_else(damaged)?;
        Ok(Self {
            role: stored_role(role)?,
            at: stored_time(millis.parse().map_err(|_| damaged())?)?,
        })
    }

    /// The role in a script's answer: a member's, unless it names what is wrong.
    pub(super) fn answered(answer: &str) -> Result<Role> {
        if answer.contains(' ') {
            Ok(Self::parse(answer)?.role)
        } else {
            Err(refusal(answer))
        }
    }
}

#[async_trait]
impl Members for RedisCatalogue {
    async fn membership(&self, tenant: &TenantId, user: &Username) -> Result<Option<Membership>> {
        let mut ask = redis::pipe();
        ask.hget(keys::members(tenant.as_str()), user.as_str());
        ask.hget(keys::tenant(tenant.as_str()), "plan");
        let answer: (Option<String>, Option<String>) = self.pipeline(&ask).await?;
        let (Some(role), Some(plan)) = answer else {
            return Ok(None);
        };
        Ok(Some(Membership {
            role: RoleAt::parse(&role)?.role,
            plan: parsed(&plan, Plan::parse)?,
        }))
    }

    async fn members(&self, tenant: &TenantId) -> Result<Vec<Member>> {
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

    async fn invitations_of(&self, user: &Username) -> Result<Vec<Invitation>> {
        let names: Vec<String> = self
            .command(redis::cmd("SMEMBERS").arg(keys::user_invitations(user)))
            .await?;
        let mut ask = redis::pipe();
        for name in &names {
            ask.hget(keys::invitations(name), user.as_str());
        }
        let answers: Vec<Option<String>> = self.pipeline(&ask).await?;
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

    async fn invitations_to(&self, tenant: &TenantId) -> Result<Vec<Invitation>> {
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

    async fn set_role(
        &self,
        tenant: &TenantId,
        user: &Username,
        role: Role,
        now: OffsetDateTime,
    ) -> Result<RoleChange> {
        let answer: String = self
            .script(
                scripts::SET_ROLE
                    .arg(tenant.as_str())
                    .arg(user.as_str())
                    .arg(role.as_str())
                    .arg(to_millis(now))
                    .arg(MAX_INVITATIONS),
            )
            .await?;
        match answer.as_str() {
            "changed" => Ok(RoleChange::Changed),
            "invited" => Ok(RoleChange::Invited),
            other => Err(refusal(other)),
        }
    }

    async fn accept_invitation(
        &self,
        tenant: &TenantId,
        user: &Username,
        now: OffsetDateTime,
    ) -> Result<Role> {
        let answer: String = self
            .script(
                scripts::ACCEPT_INVITATION
                    .arg(tenant.as_str())
                    .arg(user.as_str())
                    .arg(to_millis(now))
                    .arg(OTHER_TENANTS),
            )
            .await?;
        RoleAt::answered(&answer)
    }

    async fn decline_invitation(&self, tenant: &TenantId, user: &Username) -> Result<()> {
        self.change(
            scripts::DECLINE_INVITATION
                .arg(tenant.as_str())
                .arg(user.as_str()),
        )
        .await
    }

    async fn remove_member(&self, tenant: &TenantId, user: &Username, by: &Username) -> Result<()> {
        self.change(
            scripts::REMOVE_MEMBER
                .arg(tenant.as_str())
                .arg(user.as_str())
                .arg(by.as_str()),
        )
        .await
    }
}

impl RedisCatalogue {
    async fn roles(&self, key: String) -> Result<BTreeMap<String, String>> {
        self.command(redis::cmd("HGETALL").arg(key)).await
    }
}
