//! `imagehub-app backup`, `restore` and `migrate`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use imagehub_app::blobs::Blobs;
use imagehub_app::catalogue::SharedCatalogue;
use imagehub_app::catalogue::redis::RedisCatalogue;
use imagehub_app::catalogue::sqlite::SqliteCatalogue;
use imagehub_app::config::Config;
use imagehub_app::moving::{self, Copied, Stores};
use imagehub_app::startup;

use super::say;

/// Where to move.
#[derive(Debug, Args)]
pub struct Target {
    /// Move the catalogue to this Redis.
    #[arg(long, value_name = "URL", conflicts_with = "to_data")]
    to_redis: Option<String>,

    /// Move the catalogue to SQLite in this data directory.
    #[arg(long, value_name = "DIR")]
    to_data: Option<PathBuf>,

    /// Move originals and thumbnails to this directory or s3://BUCKET/PREFIX.
    #[arg(long, value_name = "PLACE")]
    to_blobs: Option<String>,
}

/// Writes everything into a folder.
pub async fn backup(config: Config, folder: &Path) -> anyhow::Result<()> {
    let (catalogue, blobs) = startup::open_stores(&config).await?;
    let copied = moving::backup(catalogue.as_ref(), &blobs, folder, &say).await?;
    finish(
        &copied,
        &format!("The backup in {} is whole.", folder.display()),
    )
}

/// Brings a backup into the stores that the settings name.
pub async fn restore(config: Config, folder: &Path) -> anyhow::Result<()> {
    let (catalogue, blobs) = startup::open_stores(&config).await?;
    let target = match &config.redis_url {
        Some(url) => url.clone(),
        None => absolute(&config.data)?,
    };
    let restored = moving::restore(folder, catalogue.as_ref(), &blobs, &target, &say).await?;
    finish(&restored, "Everything is restored.")
}

/// Brings everything from the stores that the settings name into others.
pub async fn migrate(config: Config, target: Target) -> anyhow::Result<()> {
    let (catalogue, blobs) = startup::open_stores(&config).await?;
    let to_catalogue: Option<(SharedCatalogue, String)> = match (&target.to_redis, &target.to_data)
    {
        (Some(url), _) => {
            let redis = RedisCatalogue::new(url).context("--to-redis")?;
            Some((Arc::new(redis), url.clone()))
        }
        (None, Some(data)) => {
            std::fs::create_dir_all(data).context("--to-data")?;
            let file = data.join("catalogue.sqlite");
            let sqlite = SqliteCatalogue::open(&file).await.context("--to-data")?;
            Some((Arc::new(sqlite), absolute(data)?))
        }
        (None, None) => None,
    };
    let spool = config.data.join("moving");
    let to_blobs = match &target.to_blobs {
        Some(place) => {
            let staging = config.data.join("staging");
            let blobs = Blobs::open_place(place, &config.s3, &staging).await;
            Some((blobs.context("--to-blobs")?, place.as_str()))
        }
        None => None,
    };
    if to_catalogue.is_none() && to_blobs.is_none() {
        bail!("say where to: --to-redis URL, --to-data DIR, --to-blobs PLACE");
    }
    let stores = Stores {
        catalogue: to_catalogue
            .as_ref()
            .map(|(catalogue, place)| (catalogue.as_ref(), place.as_str())),
        blobs: to_blobs.as_ref().map(|(blobs, place)| (blobs, *place)),
    };
    let moved = moving::migrate(catalogue.as_ref(), &blobs, stores, &spool, &say).await?;
    finish(
        &moved,
        "Everything is there. Start the application with the settings of its new place; the old \
         one is as it was.",
    )
}

fn finish(copied: &Copied, done: &str) -> anyhow::Result<()> {
    say(done);
    match copied.damaged.len() {
        0 => Ok(()),
        damaged => bail!("{damaged} originals, named above, were damaged before"),
    }
}

fn absolute(path: &Path) -> anyhow::Result<String> {
    Ok(std::path::absolute(path)?.display().to_string())
}
