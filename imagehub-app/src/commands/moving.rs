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
use imagehub_app::moving::{self, Copied, Source};
use imagehub_app::stores::{self, CATALOGUE};

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
    let (catalogue, blobs) = stores::open_existing(&config).await?;
    let copied = moving::backup(catalogue.as_ref(), &blobs, folder, &say).await?;
    finish(
        &copied,
        &format!("The backup in {} is whole.", folder.display()),
    )
}

/// Brings a backup into the stores that the settings name.
pub async fn restore(config: Config, folder: &Path) -> anyhow::Result<()> {
    let (catalogue, blobs) = stores::open(&config).await?;
    let target = catalogue_place(&config)?;
    let restored = moving::restore(folder, catalogue.as_ref(), &blobs, &target, &say).await?;
    finish(&restored, "Everything is restored.")
}

/// Brings everything from the stores that the settings name into others.
pub async fn migrate(config: Config, target: Target) -> anyhow::Result<()> {
    if target.is_none() {
        bail!("say where to: --to-redis URL, --to-data DIR, --to-blobs PLACE");
    }
    let (catalogue, blobs) = stores::open_existing(&config).await?;
    let to_catalogue: Option<(SharedCatalogue, String)> = match (&target.to_redis, &target.to_data)
    {
        (Some(url), _) => {
            let redis = RedisCatalogue::new(url).context("--to-redis")?;
            Some((Arc::new(redis), url.clone()))
        }
        (None, Some(data)) => {
            std::fs::create_dir_all(data).context("--to-data")?;
            let file = data.join(CATALOGUE);
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
    let place = catalogue_place(&config)?;
    let source = Source {
        catalogue: catalogue.as_ref(),
        blobs: &blobs,
        place: &place,
    };
    let target = moving::Target {
        catalogue: to_catalogue
            .as_ref()
            .map(|(catalogue, place)| (catalogue.as_ref(), place.as_str())),
        blobs: to_blobs.as_ref().map(|(blobs, place)| (blobs, *place)),
    };
    let moved = moving::migrate(source, target, &spool, &say).await?;
    finish(
        &moved,
        "Everything is there. Start the application with the settings of its new place; the old \
         one is as it was.",
    )
}

/// Gives up what was begun and never finished.
pub async fn abandon(config: Config) -> anyhow::Result<()> {
    let blobs = stores::open_existing_blobs(&config).await?;
    if !moving::abandon(&blobs).await? {
        bail!("nothing was begun there: check IMAGEHUB_DATA and IMAGEHUB_BLOBS");
    }
    say("It is given up. What it brought is there still.");
    Ok(())
}

impl Target {
    fn is_none(&self) -> bool {
        self.to_redis.is_none() && self.to_data.is_none() && self.to_blobs.is_none()
    }
}

fn finish(copied: &Copied, done: &str) -> anyhow::Result<()> {
    match (copied.missing.len(), copied.damaged.len()) {
        (0, 0) => {
            say(done);
            Ok(())
        }
        (missing, damaged) => bail!(
            "what could be taken along is there, but {missing} pictures, named above, have no \
             files, and {damaged} are not what was uploaded"
        ),
    }
}

/// What tells the catalogue of the settings apart.
fn catalogue_place(config: &Config) -> anyhow::Result<String> {
    match &config.redis_url {
        Some(url) => Ok(url.clone()),
        None => absolute(&config.data),
    }
}

fn absolute(path: &Path) -> anyhow::Result<String> {
    Ok(std::path::absolute(path)?.display().to_string())
}
