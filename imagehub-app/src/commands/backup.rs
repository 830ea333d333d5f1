//! `imagehub-app backup` and `restore`.

use std::path::Path;

use anyhow::bail;
use imagehub_app::backup::{self, Copied};
use imagehub_app::config::Config;
use imagehub_app::stores;

use super::report;

/// Writes everything into a folder.
pub async fn backup(config: Config, folder: &Path) -> anyhow::Result<()> {
    let (catalogue, blobs) = stores::open_existing(&config).await?;
    let copied = backup::backup(catalogue.as_ref(), &blobs, folder, &report).await?;
    finish(
        &copied,
        &format!("The backup in {} is whole.", folder.display()),
    )
}

/// Brings a backup into the stores that the settings name.
pub async fn restore(config: Config, folder: &Path, goes_on: bool) -> anyhow::Result<()> {
    let (catalogue, blobs) = stores::open(&config).await?;
    let blobs = blobs.of(catalogue.as_ref()).await?;
    let restored = backup::restore(folder, catalogue.as_ref(), blobs, goes_on, &report).await?;
    finish(&restored, "Everything is restored.")
}

fn finish(copied: &Copied, done: &str) -> anyhow::Result<()> {
    match (copied.missing.len(), copied.damaged.len()) {
        (0, 0) => {
            report(done);
            Ok(())
        }
        (missing, damaged) => bail!(
            "what could be taken along is there, but {missing} pictures, named above, have no \
             files, and {damaged} are not what was uploaded"
        ),
    }
}
