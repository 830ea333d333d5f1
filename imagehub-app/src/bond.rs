//! A catalogue and its blobs belong together: both carry the same random id. Where they do not,
//! nobody is served and nothing is swept, since to a catalogue another one's pictures are files
//! that no record names.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use thiserror::Error;
use tokio::sync::OnceCell;

use crate::blobs::{BlobError, Blobs, FolderName};
use crate::catalogue::{Catalogue, CatalogueError, Record, StoreId};
use crate::moving;

/// Holds the id, at the top of the blobs.
const NOTE: &str = ".store";

/// Folders looked at to find one that the catalogue names: what killed processes left may be
/// among them.
const SAMPLE: usize = 1_000;

/// How long until a store that was away is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// Why a catalogue and blobs are not used together.
#[derive(Debug, Error)]
pub enum BondError {
    /// The blobs carry another id than the catalogue, or only the blobs carry one.
    #[error(
        "the pictures belong to another catalogue: check IMAGEHUB_DATA, IMAGEHUB_REDIS_URL and \
         IMAGEHUB_BLOBS; if these two do belong together, say so with `imagehub-app adopt`"
    )]
    Strangers,
    /// There are files of pictures, and the catalogue names none of them.
    #[error(
        "there are pictures, and the catalogue names none of them: check IMAGEHUB_DATA, \
         IMAGEHUB_REDIS_URL and IMAGEHUB_BLOBS; to begin anew, choose an empty place for pictures"
    )]
    NoRecords,
    /// The catalogue names pictures, and there are no files.
    #[error(
        "the catalogue names pictures, and there are none: check IMAGEHUB_BLOBS; if they are lost \
         and you want to go on without them, say so with `imagehub-app adopt`"
    )]
    NoPictures,
    /// Neither carries an id: nobody has been served from them by this version.
    #[error(
        "nobody knows yet whether catalogue and pictures belong together: start the \
             application once"
    )]
    Unknown,
    /// A move or a restore to here was begun and is not finished.
    #[error(
        "something is being brought here and is not finished: finish it first, or give it up \
             with `imagehub-app abandon`"
    )]
    Moving,
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The blobs failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

impl BondError {
    /// Whether asking again later cannot help.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Strangers | Self::NoRecords | Self::NoPictures)
    }
}

/// Answers `Ok` if both carry the same id. Those that carry none yet, from their beginning or
/// because an older version made them, are given one if there is nothing that speaks against it.
pub async fn settle(catalogue: &dyn Catalogue, blobs: &Blobs) -> Result<(), BondError> {
    if ids_agree(catalogue, blobs).await? {
        return Ok(());
    }
    examine(catalogue, blobs).await?;
    let id = catalogue.claim_store_id(&StoreId::random()).await?;
    note(blobs, &id).await
}

/// What a process knows of its two stores.
#[derive(Debug, Default)]
pub struct Bond {
    settled: OnceCell<()>,
}

impl Bond {
    /// The same as [`settle`], asked until it was answered well once. Before that no picture may be
    /// stored: its files come before its record, and would look like another catalogue's.
    pub async fn settle(&self, catalogue: &dyn Catalogue, blobs: &Blobs) -> Result<(), BondError> {
        let asked = self.settled.get_or_try_init(|| settle(catalogue, blobs));
        asked.await.copied()
    }

    /// The same, once both answer and nothing is being brought there any more; only what
    /// [`BondError::is_final`] fails.
    pub async fn settle_when_possible(
        &self,
        catalogue: &dyn Catalogue,
        blobs: &Blobs,
    ) -> Result<(), BondError> {
        let mut warned = false;
        loop {
            match self.settle(catalogue, blobs).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_final() => return Err(error),
                Err(error @ BondError::Moving) if !warned => {
                    tracing::warn!("not ready: {error}");
                    warned = true;
                }
                Err(error) => tracing::debug!(%error, "asked again in a moment"),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// Answers `Ok` only if both carry the same id already.
pub async fn require(catalogue: &dyn Catalogue, blobs: &Blobs) -> Result<(), BondError> {
    if ids_agree(catalogue, blobs).await? {
        Ok(())
    } else {
        Err(BondError::Unknown)
    }
}

/// Gives both a new id, whatever they carried: what only one of them belonged to before is refused
/// from now on.
pub async fn tie(catalogue: &dyn Catalogue, blobs: &Blobs) -> Result<(), BondError> {
    let id = StoreId::random();
    catalogue.set_store_id(&id).await?;
    note(blobs, &id).await
}

/// Whether both carry the same id; `false` if the blobs carry none.
async fn ids_agree(catalogue: &dyn Catalogue, blobs: &Blobs) -> Result<bool, BondError> {
    if moving::is_under_way(blobs).await? {
        return Err(BondError::Moving);
    }
    // The note is written last, and so it is read first: who finds it finds the other one too.
    let Some(note) = blobs.note(NOTE).await? else {
        return Ok(false);
    };
    match catalogue.store_id().await? {
        Some(id) if note == id.as_str() => Ok(true),
        _ => Err(BondError::Strangers),
    }
}

async fn note(blobs: &Blobs, id: &StoreId) -> Result<(), BondError> {
    let note = id.as_str().to_owned();
    Ok(blobs.set_note(NOTE, Some(note)).await?)
}

/// Looks at what is there, where no note tells: some file must be one that the catalogue names.
async fn examine(catalogue: &dyn Catalogue, blobs: &Blobs) -> Result<(), BondError> {
    let mut folders = blobs.folders();
    let mut seen = 0;
    while let Some(folder) = folders.try_next().await? {
        let FolderName::Image(tenant, id) = folder.name else {
            continue;
        };
        if catalogue.is_recorded(&tenant, &id).await? {
            return Ok(());
        }
        seen += 1;
        if seen == SAMPLE {
            break;
        }
    }
    if seen > 0 {
        return Err(BondError::NoRecords);
    }
    if names_a_picture(catalogue).await? {
        return Err(BondError::NoPictures);
    }
    Ok(())
}

async fn names_a_picture(catalogue: &dyn Catalogue) -> Result<bool, CatalogueError> {
    let mut place = None;
    loop {
        let (records, next) = catalogue.export(place.as_ref()).await?;
        let is_picture = |record: &Record| matches!(record, Record::Image { .. });
        if records.iter().any(is_picture) {
            return Ok(true);
        }
        if next.is_none() {
            return Ok(false);
        }
        place = next;
    }
}
