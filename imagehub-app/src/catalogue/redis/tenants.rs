//! Tenants.

use async_trait::async_trait;
use imagehub_policy::{Plan, TenantId, Username};
use time::OffsetDateTime;

use super::super::codec::{parsed, stored_time};
use super::super::{MAX_TENANTS_PER_USER, Result, Tenants};
use super::{RedisCatalogue, keys, scripts};
use crate::domain::timestamp::to_millis;
use crate::domain::{TenantRecord, Usage};

/// Tenants a user may have beside the one of the user's own name, which always counts.
pub(super) const OTHER_TENANTS: usize = MAX_TENANTS_PER_USER - 1;

#[async_trait]
impl Tenants for RedisCatalogue {
    async fn create_tenant(
        &self,
        name: &TenantId,
        owner: &Username,
        plan: &Plan,
        now: OffsetDateTime,
    ) -> Result<()> {
        self.change(
            scripts::CREATE_TENANT
                .arg(name.as_str())
                .arg(owner.as_str())
                .arg(plan.as_str())
                .arg(to_millis(now))
                .arg(OTHER_TENANTS),
        )
        .await
    }

    async fn find_tenant(&self, name: &TenantId) -> Result<Option<TenantRecord>> {
        let (plan, created_at, keep): (Option<String>, Option<i64>, Option<u8>) = self
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

    async fn set_plan(&self, tenant: &TenantId, plan: &Plan) -> Result<()> {
        self.set_tenant_field(tenant, "plan", plan.as_str()).await
    }

    async fn set_keep_metadata(&self, tenant: &TenantId, keep: bool) -> Result<()> {
        let keep = if keep { "1" } else { "0" };
        self.set_tenant_field(tenant, "keep_metadata", keep).await
    }

    async fn delete_tenant(&self, tenant: &TenantId) -> Result<()> {
        self.change(&scripts::DELETE_TENANT.arg(tenant.as_str()))
            .await?;
        self.try_to_finish_forgetting().await;
        Ok(())
    }

    async fn usage(&self, tenant: &TenantId) -> Result<Usage> {
        let counted: [Option<u64>; 4] = self
            .command(redis::cmd("HMGET").arg(keys::usage(tenant)).arg(&[
                "images",
                "bytes",
                "deleted_images",
                "deleted_bytes",
            ]))
            .await?;
        let [images, bytes, deleted_images, deleted_bytes] = counted.map(Option::unwrap_or_default);
        Ok(Usage {
            images,
            bytes,
            deleted_images,
            deleted_bytes,
        })
    }
}

impl RedisCatalogue {
    /// Sets `plan` or `keep_metadata`.
    async fn set_tenant_field(&self, tenant: &TenantId, field: &str, value: &str) -> Result<()> {
        self.change(
            scripts::SET_TENANT_FIELD
                .arg(tenant.as_str())
                .arg(field)
                .arg(value),
        )
        .await
    }
}
