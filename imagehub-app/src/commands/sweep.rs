//! `imagehub-app sweep`.

use std::time::Duration;

use imagehub_app::config::Config;
use imagehub_app::stores;
use imagehub_app::sweeper::{Swept, orphans, sweep};
use time::OffsetDateTime;

use super::report;

/// Sweeps now, or says what a sweep would remove.
pub async fn run(config: Config, dry: bool) -> anyhow::Result<()> {
    let grace = Duration::from_secs(config.sweep_grace_seconds);
    let (catalogue, blobs) = stores::open_existing(&config).await?;
    let now = OffsetDateTime::now_utc();
    if dry {
        let Swept {
            orphans,
            orphan_bytes,
            ..
        } = orphans(catalogue.as_ref(), &blobs, now, grace).await?;
        report(&format!(
            "{orphans} folders ({orphan_bytes} bytes) are named by no record; nothing was removed."
        ));
        return Ok(());
    }
    let Swept {
        purged,
        orphans,
        orphan_bytes,
        staged,
    } = sweep(catalogue.as_ref(), &blobs, now, grace).await?;
    report(&format!(
        "Removed {purged} deleted images, {orphans} folders ({orphan_bytes} bytes) that no record \
         named, {staged} unfinished uploads."
    ));
    Ok(())
}
