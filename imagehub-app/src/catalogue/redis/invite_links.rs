//! Invite links.

use std::collections::HashMap;

use async_trait::async_trait;
use imagehub_policy::{Role, TenantId, Username};
use time::OffsetDateTime;

use super::super::codec::{parsed, stored_role, stored_time};
use super::super::{CatalogueError, InviteLinks};
use super::tenants::{OTHER_TENANTS, RoleAt};
use super::{RedisCatalogue, done, scripts};
use crate::domain::timestamp::to_millis;
use crate::domain::{InviteLink, LinkSecret, MAX_INVITE_LINKS};

#[async_trait]
impl InviteLinks for RedisCatalogue {
    async fn create_invite_link(
        &self,
        tenant: &TenantId,
        new: &InviteLink,
    ) -> Result<(), CatalogueError> {
        let script = &scripts::CREATE_INVITE_LINK;
        let mut create = script.prepare_invoke();
        create
            .arg(tenant.as_str())
            .arg(new.secret.as_str())
            .arg(to_millis(new.created_at))
            .arg(MAX_INVITE_LINKS)
            .arg(new.created_by.as_str())
            .arg(&["role", new.role.as_str()])
            .arg("until")
            .arg(to_millis(new.until));
        done(&self.connection.script::<String>(&create).await?)
    }

    async fn invite_links(
        &self,
        tenant: &TenantId,
        now: OffsetDateTime,
    ) -> Result<Vec<InviteLink>, CatalogueError> {
        let script = &scripts::LIST_INVITE_LINKS;
        let mut list = script.prepare_invoke();
        list.arg(tenant.as_str());
        let stored: Vec<(String, HashMap<String, String>)> = self.connection.script(&list).await?;
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
    ) -> Result<Option<InviteLink>, CatalogueError> {
        let script = &scripts::FIND_INVITE_LINK;
        let mut find = script.prepare_invoke();
        find.arg(tenant.as_str()).arg(secret.as_str());
        let fields: HashMap<String, String> = self.connection.script(&find).await?;
        if fields.is_empty() {
            return Ok(None);
        }
        let link = read_link(secret.clone(), &fields)?;
        Ok(Some(link).filter(|link| link.until > now))
    }

    async fn revoke_invite_link(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
    ) -> Result<(), CatalogueError> {
        let script = &scripts::REVOKE_INVITE_LINK;
        let mut revoke = script.prepare_invoke();
        revoke.arg(tenant.as_str()).arg(secret.as_str());
        done(&self.connection.script::<String>(&revoke).await?)
    }

    async fn join_by_link(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
        user: &Username,
        now: OffsetDateTime,
    ) -> Result<Role, CatalogueError> {
        let script = &scripts::JOIN_BY_LINK;
        let mut join = script.prepare_invoke();
        join.arg(tenant.as_str())
            .arg(secret.as_str())
            .arg(user.as_str())
            .arg(to_millis(now))
            .arg(OTHER_TENANTS);
        RoleAt::answered(&self.connection.script::<String>(&join).await?)
    }
}

fn read_link(
    secret: LinkSecret,
    fields: &HashMap<String, String>,
) -> Result<InviteLink, CatalogueError> {
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
