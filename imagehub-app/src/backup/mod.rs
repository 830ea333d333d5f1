//! Backup and restore: everything in a folder, and from there into any catalogue and blobs.
//!
//! The folder has `records.jsonl`, the catalogue's records, and `blobs`, the images' files. A backup
//! is taken while the application serves: records are read first and the files they name after
//! them. An image whose files are gone by then, and whose record too, was deleted meanwhile, and is
//! left out. A restore writes files first and records last: no record ever names a file that is not
//! there. Both skip what is there already, so one that broke off is run again.

mod copy;
mod records;

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::blobs::{BlobError, Blobs};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::file_permissions;

pub use copy::Copied;
use copy::copy;
use records::Records;

const BLOBS: &str = "blobs";

/// Told, every now and then, how far it is.
pub type Progress<'a> = &'a (dyn Fn(&str) + Sync);

/// Why a backup or a restore ended early.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The folder has something else in it.
    #[error("{0} is not empty, and holds no backup: choose another folder")]
    Occupied(PathBuf),
    /// There is no finished backup to restore.
    #[error("{0} holds no finished backup: run `backup` with that folder first")]
    NoBackup(PathBuf),
    /// The catalogue has records already.
    #[error(
        "the catalogue is not empty: check IMAGEHUB_DATA and IMAGEHUB_REDIS_URL; if a restore of \
         this backup broke off here, go on with `restore --continue`"
    )]
    NotEmpty,
    /// No image has files.
    #[error("none of the {0} pictures that the catalogue names has files: check IMAGEHUB_BLOBS")]
    NoFiles(usize),
    /// The records cannot be read.
    #[error("{path} cannot be read: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// A catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// Blobs failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// A file of the backup could not be read or written.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

/// Writes everything into a folder that is empty, or holds a backup: then only what has changed.
pub async fn backup(
    catalogue: &dyn Catalogue,
    blobs: &Blobs,
    folder: &Path,
    report: Progress<'_>,
) -> Result<Copied, BackupError> {
    file_permissions::folder(folder)?;
    let ours = [records::FILE, records::UNFINISHED, records::WHOLE, BLOBS];
    let mut entries = tokio::fs::read_dir(folder).await?;
    while let Some(entry) = entries.next_entry().await? {
        if !ours.iter().any(|name| entry.file_name() == *name) {
            return Err(BackupError::Occupied(folder.to_owned()));
        }
    }
    // Until it is whole, this is no backup: files of now need not fit records of before.
    let records = Records::read(catalogue, folder, report).await?;
    let target = Blobs::of_backup(&folder.join(BLOBS)).await?;
    let copied = copy(&records, blobs, &target, Some(catalogue), report).await?;
    records.finish(&copied.without_files()).await?;
    Ok(copied)
}

/// Brings a finished backup into a catalogue and its blobs. The catalogue must be empty, unless a
/// restore that broke off `goes_on`. What is there already stays as it is.
pub async fn restore(
    folder: &Path,
    catalogue: &dyn Catalogue,
    blobs: &Blobs,
    goes_on: bool,
    report: Progress<'_>,
) -> Result<Copied, BackupError> {
    let records = Records::of_backup(folder)?;
    if !goes_on && !catalogue.is_empty().await? {
        return Err(BackupError::NotEmpty);
    }
    let source = Blobs::of_backup(&folder.join(BLOBS)).await?;
    let copied = copy(&records, &source, blobs, None, report).await?;
    records
        .write_to(catalogue, &copied.without_files(), report)
        .await?;
    Ok(copied)
}
