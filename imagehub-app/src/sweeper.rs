//! Removes what is over: images deleted a week ago, links that ended a year ago, files that no
//! record names, files of uploads that were never finished. Never what a record names.
//!
//! Any number of processes may sweep at a time: each removal can be repeated.

use std::time::Duration;

use actix_web::web;
use futures_util::TryStreamExt as _;
use time::OffsetDateTime;

use crate::blobs::{Blobs, Folder, FolderName};
use crate::catalogue::{Catalogue, CatalogueError, Lease};
use crate::domain::{OVER_SHARES_KEPT, UNDO_WINDOW};
use crate::metrics::{ByKind, METRICS};
use crate::state::State;
use crate::stores::StoreError;

/// Sweeps from one that looks for files that no record names to the next: it reads the whole
/// store, and what it finds hardly ever comes about.
const ORPHANS_EVERY: u32 = 24;

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
) -> Result<Swept, StoreError> {
    let mut swept = Swept::default();
    purge(catalogue, blobs, now, &mut swept).await?;
    look_for_orphans(catalogue, blobs, now - grace, &mut swept, Found::Removed).await?;
    swept.staged = blobs.sweep_staging().await?;
    Ok(swept)
}

/// What [`sweep`] would remove of files that no record names; nothing is changed.
pub async fn orphans(
    catalogue: &dyn Catalogue,
    blobs: &Blobs,
    now: OffsetDateTime,
    grace: Duration,
) -> Result<Swept, StoreError> {
    let mut swept = Swept::default();
    look_for_orphans(catalogue, blobs, now - grace, &mut swept, Found::Counted).await?;
    Ok(swept)
}

async fn purge(
    catalogue: &dyn Catalogue,
    blobs: &Blobs,
    now: OffsetDateTime,
    swept: &mut Swept,
) -> Result<(), StoreError> {
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
    let long_over = now - OVER_SHARES_KEPT;
    while catalogue.forget_shares_over_before(long_over).await? > 0 {}
    Ok(())
}

/// What becomes of a folder that no record names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Counted,
    Removed,
}

async fn look_for_orphans(
    catalogue: &dyn Catalogue,
    blobs: &Blobs,
    written_before: OffsetDateTime,
    swept: &mut Swept,
    found: Found,
) -> Result<(), StoreError> {
    let mut folders = blobs.folders();
    while let Some(folder) = folders.try_next().await? {
        if is_orphan(catalogue, &folder, written_before).await? {
            if found == Found::Removed {
                blobs.remove(&folder).await?;
            }
            swept.orphans += 1;
            swept.orphan_bytes += folder.bytes();
        }
    }
    Ok(())
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

/// Sweeps every so often, for ever; of several processes one does what concerns them all.
pub async fn keep_sweeping(state: web::Data<State>, every: Duration, grace: Duration) {
    // Processes that are started together do not sweep together.
    let first = every.mul_f64(rand::random_range(0.5..1.));
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + first, every);
    loop {
        ticks.tick().await;
        let mut swept = Swept::default();
        let done = sweep_in_turn(&state, every, grace, &mut swept).await;
        count(&swept, done.is_ok());
        if swept == Swept::default() {
            tracing::debug!("nothing was swept");
        } else {
            tracing::info!(
                purged = swept.purged,
                orphans = swept.orphans,
                orphan_bytes = swept.orphan_bytes,
                staged = swept.staged,
                "swept"
            );
        }
        if let Err(error) = done {
            tracing::warn!(%error, "a sweep was not finished");
        }
    }
}

async fn sweep_in_turn(
    state: &State,
    every: Duration,
    grace: Duration,
    swept: &mut Swept,
) -> Result<(), StoreError> {
    let (catalogue, blobs) = (state.catalogue.as_ref(), state.blobs().await?);
    swept.staged = blobs.sweep_staging().await?;
    let now = OffsetDateTime::now_utc();
    // A lease is over a little before the same process comes again.
    let lasts = |sweeps: u32| every * sweeps - every / 10;
    if catalogue.try_acquire(Lease::Purge, lasts(1), now).await? {
        purge(catalogue, blobs, now, swept).await?;
    }
    let daily = lasts(ORPHANS_EVERY);
    if catalogue.try_acquire(Lease::Orphans, daily, now).await? {
        look_for_orphans(catalogue, blobs, now - grace, swept, Found::Removed).await?;
    }
    Ok(())
}

fn count(swept: &Swept, finished: bool) {
    if finished {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        METRICS.swept_at.set(now);
    } else {
        METRICS.sweeps_failed.inc();
    }
    for (kind, count) in [
        ("images", swept.purged),
        ("orphans", swept.orphans),
        ("unfinished_uploads", swept.staged),
    ] {
        let removed = METRICS.swept.get_or_create(&ByKind { kind });
        removed.inc_by(count as u64);
    }
}
