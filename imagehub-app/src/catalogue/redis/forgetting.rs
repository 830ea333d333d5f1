//! Deleting tenants and users: unknown at once, by one script; what may be many records is
//! deleted after that in batches, which anybody can go on with.

use super::super::Result;
use super::{RedisCatalogue, keys, scripts};

/// Records of a kind deleted by one script.
const BATCH: usize = 200;

impl RedisCatalogue {
    /// Deletes what is left of tenants that are gone, whoever began.
    pub(super) async fn finish_forgetting(&self) -> Result<()> {
        let tenants: Vec<String> = self
            .command(redis::cmd("SMEMBERS").arg(keys::forgetting()))
            .await?;
        for tenant in tenants {
            let mut forget = scripts::FORGET_SOME.prepare_invoke();
            forget.arg(tenant).arg(BATCH);
            while self.script::<bool>(&forget).await? {}
        }
        Ok(())
    }

    /// The deletion itself is done; should this fail, the next purge goes on with it.
    pub(super) async fn try_to_finish_forgetting(&self) {
        if let Err(error) = self.finish_forgetting().await {
            tracing::warn!(%error, "what is left of a deleted tenant is deleted later");
        }
    }
}
