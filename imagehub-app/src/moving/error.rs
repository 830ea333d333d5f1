//! Why something cannot be taken elsewhere.

use std::path::PathBuf;

use thiserror::Error;

use crate::blobs::BlobError;
use crate::bond::BondError;
use crate::catalogue::CatalogueError;

/// Why a backup, a restore or a move ended early.
#[derive(Debug, Error)]
pub enum MovingError {
    /// The folder has something else in it.
    #[error("{0} is not empty, and holds no backup that was interrupted: choose another folder")]
    Occupied(PathBuf),
    /// A backup that was finished is not written over.
    #[error("{0} holds a finished backup: choose another folder")]
    Finished(PathBuf),
    /// There is no backup to restore.
    #[error("{0} holds no backup")]
    NoBackup(PathBuf),
    /// The backup was interrupted.
    #[error("the backup in {0} was never finished: run `backup` with that folder again")]
    Unfinished(PathBuf),
    /// The backup was written by a newer program.
    #[error("the backup has format {found}, this program knows {known}: use a newer one")]
    Newer {
        /// The backup's format.
        found: u32,
        /// The newest one known here.
        known: u32,
    },
    /// The target has something in it already.
    #[error("there are {0} already where this is to go: it must be empty")]
    NotEmpty(&'static str),
    /// The target is being filled from elsewhere.
    #[error(
        "something else was begun there and never finished: finish that first, or give it up with \
         `imagehub-app abandon`"
    )]
    Claimed,
    /// Some records are there already, and others are to be brought now.
    #[error(
        "what is to be brought has changed since this was begun, and some of it is there as it \
         was: empty the catalogue it goes to, and begin again"
    )]
    SourceChanged,
    /// The catalogue belongs to other blobs.
    #[error("none of the {0} pictures that the catalogue names has files: check IMAGEHUB_BLOBS")]
    NoFiles(usize),
    /// What is to be taken along does not belong together.
    #[error(transparent)]
    Bond(#[from] BondError),
    /// A backup cannot be read.
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
