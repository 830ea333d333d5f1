//! Deleting tenants and users: unknown at once, by one script; what may be many records is
//! deleted after that in batches, which anybody can go on with.

use imagehub_policy::{TenantId, Username};

use super::super::CatalogueError;
use super::{RedisCatalogue, done, keys, scripts};

/// Records of a kind deleted by one script.
const BATCH: usize = 200;

impl RedisCatalogue {
    pub(super) async fn forget_tenant(&self, tenant: &TenantId) -> Result<(), CatalogueError> {
        let script = &scripts::DELETE_TENANT;
        let mut delete = script.prepare_invoke();
        delete.arg(tenant.as_str());
        done(&self.connection.script::<String>(&delete).await?)?;
        self.try_to_finish_forgetting().await;
        Ok(())
    }

    pub(super) async fn forget_user(&self, user: &Username) -> Result<(), CatalogueError> {
        let script = &scripts::DELETE_USER;
        let mut delete = script.prepare_invoke();
        delete.arg(user.as_str());
        done(&self.connection.script::<String>(&delete).await?)?;
        self.try_to_finish_forgetting().await;
        Ok(())
    }

    /// Deletes what is left of tenants that are gone, whoever began.
    pub(super) async fn finish_forgetting(&self) -> Result<(), CatalogueError> {
        let tenants: Vec<String> = self
            .connection
            .command(redis::cmd("SMEMBERS").arg(keys::forgetting()))
            .await?;
        for tenant in tenants {
            let script = &scripts::FORGET_SOME;
            let mut forget = script.prepare_invoke();
            forget.arg(tenant).arg(BATCH);
            while self.connection.script::<bool>(&forget).await? {}
        }
        Ok(())
    }

    /// The deletion itself is done; should this fail, the next purge goes on with it.
    async fn try_to_finish_forgetting(&self) {
        if let Err(error) = self.finish_forgetting().await {
            tracing::warn!(%error, "what is left of a deleted tenant is deleted later");
        }
    }
}
