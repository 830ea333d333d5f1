//! Share links.

use std::collections::HashMap;

use async_trait::async_trait;
use imagehub_policy::{TenantId, Username};
use time::OffsetDateTime;

use super::super::codec::{parsed, stored_time};
use super::super::{CatalogueError, Result, Shares};
use super::{RedisCatalogue, scripts};
use crate::domain::timestamp::to_millis;
use crate::domain::{AlbumId, Audience, ImageId, LinkSecret, MAX_SHARES, Share, ShareTarget};

/// Links in one list.
const LISTED: usize = 1_000;

/// Links forgotten by one script.
const FORGOTTEN: usize = 100;

#[async_trait]
impl Shares for RedisCatalogue {
    async fn create_share(&self, tenant: &TenantId, new: &Share) -> Result<()> {
        let (kind, id) = match &new.target {
            ShareTarget::Image(id) => ("image", id),
            ShareTarget::Album(id) => ("album", id),
        };
        let until = match new.audience {
            Audience::Tenant => None,
            Audience::Anyone { until } => Some(to_millis(until).to_string()),
        };
        let mut create = scripts::CREATE_SHARE.prepare_invoke();
        create
            .arg(tenant.as_str())
            .arg(new.secret.as_str())
            .arg(kind)
            .arg(id.as_str())
            .arg(until.as_deref().unwrap_or("+inf"))
            .arg(to_millis(new.created_at))
            .arg(MAX_SHARES)
            .arg(&["created_by", new.created_by.as_str()]);
        if let Some(until) = &until {
            create.arg(&["until", until]);
        }
        self.change(&create).await
    }

    async fn shares(
        &self,
        tenant: &TenantId,
        target: Option<&ShareTarget>,
        now: OffsetDateTime,
    ) -> Result<Vec<Share>> {
        let script = match target {
            Some(_) => &scripts::SHARES_OF,
            None => &scripts::LIST_SHARES,
        };
        let mut list = script.prepare_invoke();
        list.arg(tenant.as_str());
        match target {
            Some(ShareTarget::Image(id) | ShareTarget::Album(id)) => list.arg(id.as_str()),
            None => list.arg(to_millis(now)).arg(LISTED),
        };
        let stored: Vec<(String, HashMap<String, String>)> = self.script(&list).await?;
        let mut shares = Vec::with_capacity(stored.len());
        for (secret, fields) in stored {
            let share = read_share(parsed(&secret, LinkSecret::parse)?, &fields)?;
            if !share.is_over(now) {
                shares.push(share);
            }
        }
        shares.sort_by(|a, b| {
            (b.created_at, a.secret.as_str()).cmp(&(a.created_at, b.secret.as_str()))
        });
        shares.truncate(LISTED);
        Ok(shares)
    }

    async fn find_share(&self, tenant: &TenantId, secret: &LinkSecret) -> Result<Option<Share>> {
        let fields: HashMap<String, String> = self
            .script(
                scripts::FIND_SHARE
                    .arg(tenant.as_str())
                    .arg(secret.as_str()),
            )
            .await?;
        if fields.is_empty() {
            return Ok(None);
        }
        Ok(Some(read_share(secret.clone(), &fields)?))
    }

    async fn revoke_share(
        &self,
        tenant: &TenantId,
        secret: &LinkSecret,
        now: OffsetDateTime,
    ) -> Result<()> {
        self.change(
            scripts::REVOKE_SHARE
                .arg(tenant.as_str())
                .arg(secret.as_str())
                .arg(to_millis(now)),
        )
        .await
    }

    async fn forget_shares_over_before(&self, time: OffsetDateTime) -> Result<usize> {
        self.script(
            scripts::FORGET_SHARES_OVER_BEFORE
                .arg(to_millis(time))
                .arg(FORGOTTEN),
        )
        .await
    }
}

pub(super) fn read_share(secret: LinkSecret, fields: &HashMap<String, String>) -> Result<Share> {
    let text = |name: &str| fields.get(name).map(String::as_str);
    let damaged = |name: &str| CatalogueError::Damaged(format!("share link: {name}"));
    let time = |name: &str| {
        text(name)
            .map(|at| stored_time(at.parse().map_err(|_| damaged(name))?))
            .transpose()
    };
    let target = match (text("image"), text("album")) {
        (Some(id), None) => ShareTarget::Image(parsed(id, ImageId::parse)?),
        (None, Some(id)) => ShareTarget::Album(parsed(id, AlbumId::parse)?),
        _ => return Err(damaged("target")),
    };
    let audience = match time("until")? {
        Some(until) => Audience::Anyone { until },
        None => Audience::Tenant,
    };
    let created_by = text("created_by").ok_or_else(|| damaged("created_by"))?;
    Ok(Share {
        secret,
        target,
        audience,
        created_by: parsed(created_by, Username::parse)?,
        created_at: time("created_at")?.ok_or_else(|| damaged("created_at"))?,
        revoked_at: time("revoked_at")?,
    })
}
