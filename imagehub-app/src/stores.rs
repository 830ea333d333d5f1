//! The catalogue and the blobs that the settings name.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use crate::blobs::Blobs;
use crate::catalogue::SharedCatalogue;
use crate::catalogue::redis::RedisCatalogue;
use crate::catalogue::sqlite::SqliteCatalogue;
use crate::config::Config;
use crate::private;

/// The catalogue's file in a data directory.
pub const CATALOGUE: &str = "catalogue.sqlite";

/// Opens both, and makes what is not there. What is away now may come later.
pub async fn open(config: &Config) -> anyhow::Result<(SharedCatalogue, Blobs)> {
    let data = &config.data;
    private::folder(data).with_context(|| {
        format!(
            "data directory {}: set IMAGEHUB_DATA to a folder this user may write",
            data.display()
        )
    })?;
    let catalogue = open_catalogue(config).await?;
    let blobs = open_blobs(config).await?;
    let staging = blobs.open_staging().await;
    staging.with_context(|| format!("{}: check IMAGEHUB_DATA", data.display()))?;
    Ok((catalogue, blobs))
}

/// Opens both, if both are there already; otherwise nothing is made anywhere.
pub async fn open_existing(config: &Config) -> anyhow::Result<(SharedCatalogue, Blobs)> {
    let file = config.data.join(CATALOGUE);
    if config.redis_url.is_none() && !file.exists() {
        bail!(
            "no catalogue at {}: set IMAGEHUB_DATA or IMAGEHUB_REDIS_URL",
            file.display()
        );
    }
    require_blobs(config)?;
    let catalogue = open_catalogue(config).await?;
    if catalogue.is_empty().await? {
        bail!("the catalogue is empty: check IMAGEHUB_DATA and IMAGEHUB_REDIS_URL");
    }
    Ok((catalogue, open_blobs(config).await?))
}

async fn open_catalogue(config: &Config) -> anyhow::Result<SharedCatalogue> {
    Ok(match &config.redis_url {
        Some(url) => Arc::new(RedisCatalogue::new(url).context("IMAGEHUB_REDIS_URL")?),
        None => Arc::new(SqliteCatalogue::open(&config.data.join(CATALOGUE)).await?),
    })
}

/// Opens the blobs alone, if they are there already.
pub async fn open_existing_blobs(config: &Config) -> anyhow::Result<Blobs> {
    require_blobs(config)?;
    open_blobs(config).await
}

async fn open_blobs(config: &Config) -> anyhow::Result<Blobs> {
    let place = config.blobs();
    let staging = config.data.join("staging");
    let opened = Blobs::open_place(&place, &config.s3, &staging).await;
    opened.with_context(|| format!("blobs in {place}: check IMAGEHUB_BLOBS"))
}

/// A bucket is asked when it is used; a directory would be made.
fn require_blobs(config: &Config) -> anyhow::Result<()> {
    let place = config.blobs();
    if !place.contains("://") && !Path::new(&place).is_dir() {
        bail!("no pictures at {place}: set IMAGEHUB_DATA or IMAGEHUB_BLOBS");
    }
    Ok(())
}
