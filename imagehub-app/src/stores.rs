//! The catalogue and the blobs that the settings name.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use thiserror::Error;
use tokio::sync::OnceCell;

use crate::blobs::{BlobError, Blobs, Place};
use crate::catalogue::redis::RedisCatalogue;
use crate::catalogue::sqlite::SqliteCatalogue;
use crate::catalogue::{Catalogue, CatalogueError, SharedCatalogue};
use crate::config::Config;
use crate::file_permissions;

/// The catalogue's file in a data directory.
const CATALOGUE: &str = "catalogue.sqlite";

/// Which of the two failed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The blobs failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

/// The catalogue's blobs. Their folder is named by the catalogue's id, so they are opened once the
/// catalogue has answered.
pub struct LazyBlobs {
    place: Place,
    name: String,
    opened: OnceCell<Blobs>,
}

impl LazyBlobs {
    /// The blobs of this catalogue.
    pub async fn of(&self, catalogue: &dyn Catalogue) -> Result<&Blobs, StoreError> {
        self.opened.get_or_try_init(|| self.open(catalogue)).await
    }

    async fn open(&self, catalogue: &dyn Catalogue) -> Result<Blobs, StoreError> {
        let id = catalogue.id().await?;
        let opened = self.place.of(&id).await?;
        // A wrong setting must not look like a loss.
        if opened.is_new && !(opened.others.is_empty() && catalogue.is_empty().await?) {
            tracing::warn!(
                "{} holds no pictures of this catalogue ({}) and those of {} others: check \
                 IMAGEHUB_BLOBS, IMAGEHUB_DATA and IMAGEHUB_REDIS_URL",
                self.name,
                id.as_str(),
                opened.others.len()
            );
        }
        Ok(opened.blobs)
    }
}

/// Opens both, and makes what is not there. What is away now may come later.
pub async fn open(config: &Config) -> anyhow::Result<(SharedCatalogue, LazyBlobs)> {
    let data = &config.data;
    file_permissions::folder(data).with_context(|| {
        format!(
            "data directory {}: set IMAGEHUB_DATA to a folder this user may write",
            data.display()
        )
    })?;
    let catalogue = open_catalogue(config).await?;
    let blobs = open_blobs(config)?;
    let staging = blobs.place.open_staging().await;
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
    // A bucket is asked when it is used; a directory would be made.
    let place = config.blobs();
    if !place.contains("://") && !Path::new(&place).is_dir() {
        bail!("no pictures at {place}: set IMAGEHUB_DATA or IMAGEHUB_BLOBS");
    }
    let catalogue = open_catalogue(config).await?;
    if catalogue.is_empty().await? {
        bail!("the catalogue is empty: check IMAGEHUB_DATA and IMAGEHUB_REDIS_URL");
    }
    let blobs = open_blobs(config)?.of(catalogue.as_ref()).await?.clone();
    Ok((catalogue, blobs))
}

async fn open_catalogue(config: &Config) -> anyhow::Result<SharedCatalogue> {
    Ok(match &config.redis_url {
        Some(url) => Arc::new(RedisCatalogue::new(url).context("IMAGEHUB_REDIS_URL")?),
        None => Arc::new(SqliteCatalogue::open(&config.data.join(CATALOGUE)).await?),
    })
}

fn open_blobs(config: &Config) -> anyhow::Result<LazyBlobs> {
    let name = config.blobs();
    let place = Place::open(&name, &config.s3, &config.data.join("staging"));
    Ok(LazyBlobs {
        place: place.with_context(|| format!("blobs in {name}: check IMAGEHUB_BLOBS"))?,
        name,
        opened: OnceCell::new(),
    })
}
