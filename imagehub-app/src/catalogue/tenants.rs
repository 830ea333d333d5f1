//! The tenants' part of the catalogue.

use async_trait::async_trait;
use imagehub_policy::{Plan, TenantId, Username};
use time::OffsetDateTime;

use super::Result;
use crate::domain::{TenantRecord, Usage};

/// Tenants one user may belong to, the one of the user's own name always counted. It keeps a
/// session token, which lists them all, well under its 8 KiB.
pub const MAX_TENANTS_PER_USER: usize = 24;

/// Tenants, their settings and what they take.
#[async_trait]
pub trait Tenants {
    /// Creates a tenant owned by `owner`.
    ///
    /// `CatalogueError::Taken` if a tenant or another user has the name,
    /// `CatalogueError::NotFound` if there is no such user,
    /// `CatalogueError::TooManyTenants` if the owner is in [`MAX_TENANTS_PER_USER`] already.
    async fn create_tenant(
        &self,
        name: &TenantId,
        owner: &Username,
        plan: &Plan,
        now: OffsetDateTime,
    ) -> Result<()>;

    /// The tenant of that name.
    async fn find_tenant(&self, name: &TenantId) -> Result<Option<TenantRecord>>;

    /// Puts the tenant on another plan. `CatalogueError::NotFound` if there is no such tenant.
    async fn set_plan(&self, tenant: &TenantId, plan: &Plan) -> Result<()>;

    /// Sets whether images are served with the metadata they come with, from the next upload on.
    /// `CatalogueError::NotFound` if there is no such tenant.
    async fn set_keep_metadata(&self, tenant: &TenantId, keep: bool) -> Result<()>;

    /// Forgets a tenant and everything in it. The blobs are to be deleted *after* this, by the ids
    /// of before: the name may be somebody else's already.
    /// `CatalogueError::NotFound` if there is no such tenant.
    async fn delete_tenant(&self, tenant: &TenantId) -> Result<()>;

    /// What the tenant's images take; nothing for an unknown tenant. Costs the same however many
    /// there are.
    async fn usage(&self, tenant: &TenantId) -> Result<Usage>;
}
