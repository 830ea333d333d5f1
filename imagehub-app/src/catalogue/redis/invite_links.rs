//! Invite links.

use std::collections::HashMap;

use async_trait::async_trait;
use imagehub_policy::{Role, TenantId, Username};
use time::OffsetDateTime;

use super::super::codec::{parsed, stored_role, stored_time};
use super::super::{CatalogueError, InviteLinks, Result};
use super::members::RoleAt;
use super::tenants::OTHER_TENANTS;
use super::{RedisCatalogue, scripts};
use crate::domain::timestamp::to_millis;
use crate::domain::{InviteLink, LinkSecret, MAX_INVITE_LINKS};

#[async_trait]
impl InviteLinks for RedisCatalogue {
    async fn create_invite_link(&self, tenant: &TenantId, new: &InviteLink) -> Result<()> {
        self.change(
            scripts::CREATE_INVITE_LINK
                .arg(tenant.as_str())
                .arg(new.secret.as_str())
                .arg(to_millis(new.created_at))
                .arg(MAX_INVITE_LINKS)
                .arg(new.created_by.as_str())
                .arg(&["role", new.role.as_str()])
                .arg("until")
                .arg(to_millis(new.until)),
        )
        .await
    }

    async fn invite_links(
        &self,
        tenant: &TenantId,
        now: OffsetDateTime,
    ) -> Result<Vec<InviteLink>> {
        let stored: Vec<(String, HashMap<String, String>)> = self
            .script(&scripts::LIST_INVITE_LINKS.arg(tenant.as_str()))
            .await?;
        let mut links = Vec::with_capacity(stored.len());
        for (secret, fields) in stored {
            let link = read_link(parsed(&secret, LinkSecret::parse)?, &fields)?;
            if link.until > now {
                links.push(link);
            }
        }
        links.sort_by(|a, b| {
            (b.created_at, a.secret.as_str()).cmp(&(a.created_at, b.secret.as_str()))
        });
        Ok(links)
    }

    async fn find_invite_link(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
        now: OffsetDateTime,
    ) -> Result<Option<InviteLink>> {
        let fields: HashMap<String, String> = self
            .script(
                scripts::FIND_INVITE_LINK
                    .arg(tenant.as_str())
                    .arg(secret.as_str()),
            )
            .await?;
        if fields.is_empty() {
            return Ok(None);
        }
        let link = read_link(secret.clone(), &fields)?;
        Ok(Some(link).filter(|link| link.until > now))
    }

    async fn revoke_invite_link(&self, tenant: &TenantId, secret: &LinkSecret) -> Result<()> {
        self.change(
            scripts::REVOKE_INVITE_LINK
                .arg(tenant.as_str())
                .arg(secret.as_str()),
        )
        .await
    }

    async fn join_by_link(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
        user: &Username,
        now: OffsetDateTime,
    ) -> Result<Role> {
        let answer: String = self
            .script(
                scripts::JOIN_BY_LINK
                    .arg(tenant.as_str())
                    .arg(secret.as_str())
                    .arg(user.as_str())
                    .arg(to_millis(now))
                    .arg(OTHER_TENANTS),
            )
            .await?;
        RoleAt::answered(&answer)
    }
}

fn read_link(secret: LinkSecret, fields: &HashMap<String, String>) -> Result<InviteLink> {
    let damaged = |name: &str| CatalogueError::Damaged(format!("invite link: {name}"));
    let text = |name: &str| {
        let value = fields.get(name).map(String::as_str);
        value.ok_or_else(|| damaged(name))
    };
    let time = |name: &str| stored_time(text(name)?.parse().map_err(|_| damaged(name))?);
    Ok(InviteLink {
        secret,
        role: stored_role(text("role")?)?,
        created_by: parsed(text("created_by")?, Username::parse)?,
        created_at: time("created_at")?,
        until: time("until")?,
    })
}
