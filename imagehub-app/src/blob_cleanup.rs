//! Files of tenants that are deleted: the name may have a new owner before the last of them is gone,
//! so what goes is known by the ids that the old one had, and ids are never used again.

use std::time::Duration;

use futures_util::StreamExt as _;
use imagehub_policy::TenantId;

use crate::blobs::Blobs;
use crate::catalogue::{Catalogue, CatalogueError, SharedCatalogue};
use crate::domain::ImageId;
use crate::state::State;

/// Who deletes a tenant is kept waiting so long at most, for files that may be many.
const CLEANUP_TIMEOUT: Duration = Duration::from_secs(5);

/// Images whose files are deleted at a time.
const AT_A_TIME: usize = 8;

/// Images whose records are about to be deleted.
#[derive(Debug, Default)]
pub struct BlobCleanup(Vec<(TenantId, ImageId)>);

impl BlobCleanup {
    /// Notes a tenant's images, *before* the tenant is deleted.
    pub async fn take(
        &mut self,
        catalogue: &dyn Catalogue,
        tenant: &TenantId,
    ) -> Result<(), CatalogueError> {
        let ids = catalogue.image_ids(tenant).await?;
        self.0
            .extend(ids.into_iter().map(|id| (tenant.clone(), id)));
        Ok(())
    }

    /// Deletes the files, in a task of its own that is waited for a little.
    pub async fn run(self, state: &State) {
        let blobs = match state.blobs().await {
            Ok(blobs) => blobs.clone(),
            Err(error) => {
                tracing::warn!(%error, "files of a deleted tenant stay behind");
                return;
            }
        };
        let clearing = self.delete(SharedCatalogue::clone(&state.catalogue), blobs);
        // What is not done by then is done later, by the task or by the next sweep.
        let _ = tokio::time::timeout(CLEANUP_TIMEOUT, tokio::spawn(clearing)).await;
    }

    /// Deletes the files of those images that are not recorded any more. What fails stays behind,
    /// named by no record, for the next sweep.
    pub async fn delete(self, catalogue: SharedCatalogue, blobs: Blobs) {
        let (catalogue, blobs) = (&catalogue, &blobs);
        futures_util::stream::iter(self.0)
            .for_each_concurrent(AT_A_TIME, async |(tenant, id)| {
                let outcome = match catalogue.is_recorded(&tenant, &id).await {
                    Ok(true) => Ok(()),
                    Ok(false) => blobs.delete(&tenant, &id).await.map_err(|e| e.to_string()),
                    Err(error) => Err(error.to_string()),
                };
                if let Err(error) = outcome {
                    tracing::warn!(%tenant, %id, error, "files of a deleted tenant stay behind");
                }
            })
            .await;
    }
}
