//! Originals and thumbnails, in a directory or an object store.
//!
//! An image's files live under names made here, `<catalogue id>/<tenant>/<image id>/…`, and become
//! visible all at once or not at all: staged → synced to disk → renamed into place. Only then may a record
//! name them, and a record goes before its files do, so a record never names a missing blob.

mod checked;
mod directory;
mod folders;
mod names;
mod place;
mod reading;
mod s3;
mod staged_bytes;
mod staging;
mod store;

use std::ops::Range;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use thiserror::Error;

pub use checked::Checked;
pub use folders::{Folder, FolderName};
pub use names::{Encoding, ORIGINAL, ThumbnailSize, all_names, thumbnail_name};
pub use place::{Opened, Place};
pub use s3::bucket;
pub use staged_bytes::StagedBytes;
pub use staging::{Staged, StagedFile, StagedFolder, StagedPicture, Staging};
pub use store::Blobs;

/// How a blob operation can fail.
#[derive(Debug, Error)]
pub enum BlobError {
    /// No such blob.
    #[error("no such blob")]
    NotFound,
    /// More bytes were written than the caller allowed.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The disk is full.
    #[error("no space left for blobs")]
    NoSpace,
    /// The store is away or failing.
    #[error("blobs are unavailable: {0}")]
    Unavailable(String),
}

/// A blob being read.
pub struct Blob {
    /// Size of the whole blob in bytes.
    pub size: u64,
    /// Which of its bytes the stream yields.
    pub range: Range<u64>,
    /// The bytes, in chunks.
    pub stream: BoxStream<'static, Result<Bytes, BlobError>>,
}
