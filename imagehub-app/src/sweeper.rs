//! Removes what is over: images deleted a week ago, files that no record names, files of uploads
//! that were never finished. Never what a record names.
//!
//! Any number of processes may sweep at a time: each removal can be repeated.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use thiserror::Error;
use time::OffsetDateTime;

use crate::blobs::{BlobError, Blobs, Folder, FolderName};
use crate::catalogue::{Catalogue, CatalogueError, UNDO_WINDOW};

/// A sweep could not be finished; the next one goes on.
#[derive(Debug, Error)]
pub enum SweepError {
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The blobs failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

/// What a sweep removed, or would remove.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Images whose time to be restored was over.
    pub purged: usize,
    /// Folders of files that no record named.
    pub orphans: usize,
    /// Bytes in those folders.
    pub orphan_bytes: u64,
    /// Unfinished uploads.
    pub staged: usize,
}

/// Removes what is over at `now` and has not been touched for as long as `grace`, which must be
/// longer than an upload takes from its last byte to its record.
pub async fn sweep(
    catalogue: &dyn Catalogue,
    blobs: &Blobs,
    now: OffsetDateTime,
    grace: Duration,
) -> Result<Swept, SweepError> {
    let mut swept = Swept::default();
    loop {
        let purged = catalogue.purge_deleted_before(now - UNDO_WINDOW).await?;
        if purged.is_empty() {
            break;
        }
        for (tenant, id) in &purged {
            if let Some(folder) = blobs.folder(tenant, id).await? {
                blobs.remove(&folder).await?;
            }
        }
        swept.purged += purged.len();
    }
    let mut folders = blobs.folders();
    while let Some(folder) = folders.try_next().await? {
        if is_orphan(catalogue, &folder, now - grace).await? {
            blobs.remove(&folder).await?;
            swept.count(&folder);
        }
    }
    swept.staged = blobs.sweep_staging(grace).await?;
    Ok(swept)
}

/// What [`sweep`] would remove of files that no record names; nothing is changed.
pub async fn orphans(
    catalogue: &dyn Catalogue,
    blobs: &Blobs,
    now: OffsetDateTime,
    grace: Duration,
) -> Result<Swept, SweepError> {
    let mut swept = Swept::default();
    let mut folders = blobs.folders();
    while let Some(folder) = folders.try_next().await? {
        if is_orphan(catalogue, &folder, now - grace).await? {
            swept.count(&folder);
        }
    }
    Ok(swept)
}

impl Swept {
    fn count(&mut self, folder: &Folder) {
        self.orphans += 1;
        self.orphan_bytes += folder.bytes();
    }

    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// A folder is nobody's once it is older than any upload under way and no record names it. Ids
/// are never used again, so what is nobody's stays so.
async fn is_orphan(
    catalogue: &dyn Catalogue,
    folder: &Folder,
    written_before: OffsetDateTime,
) -> Result<bool, CatalogueError> {
    if folder.written >= written_before {
        return Ok(false);
    }
    match &folder.name {
        FolderName::Image(tenant, id) => Ok(!catalogue.is_recorded(tenant, id).await?),
        FolderName::Incoming(_) => Ok(true),
        FolderName::Foreign(_) => Ok(false),
    }
}

/// Sweeps every so often, for ever.
pub async fn keep_sweeping(
    catalogue: crate::catalogue::SharedCatalogue,
    blobs: Blobs,
    every: Duration,
    grace: Duration,
) {
    // Processes that are started together do not sweep together.
    let first = every.mul_f64(rand::random_range(0.5..1.));
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + first, every);
    loop {
        ticks.tick().await;
        match sweep(catalogue.as_ref(), &blobs, OffsetDateTime::now_utc(), grace).await {
            Ok(swept) if swept.is_nothing() => tracing::debug!("nothing to sweep"),
            Ok(swept) => tracing::info!(
                purged = swept.purged,
                orphans = swept.orphans,
                orphan_bytes = swept.orphan_bytes,
                staged = swept.staged,
                "swept"
            ),
            Err(error) => tracing::warn!(%error, "a sweep was not finished"),
        }
    }
}
