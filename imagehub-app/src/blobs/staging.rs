//! Files on their way in: written and hashed as the bytes arrive, nameless to everybody else.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::{BlobError, ORIGINAL};
use crate::catalogue::{Digest, ImageId};

/// The folder of unfinished files. Each process has its own; whatever is in it when the process
/// starts was left by one that was killed, and goes.
#[derive(Debug, Clone)]
pub struct Staging {
    folder: PathBuf,
}

impl Staging {
    /// Makes the folder if need be, and empties it.
    pub async fn open(folder: PathBuf) -> Result<Self, BlobError> {
        match tokio::fs::remove_dir_all(&folder).await {
            Ok(()) => tracing::debug!(folder = %folder.display(), "staging emptied"),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        tokio::fs::create_dir_all(&folder).await?;
        Ok(Self { folder })
    }

    /// A new file that takes at most `limit` bytes.
    pub async fn file(&self, limit: u64) -> Result<StagedFile, BlobError> {
        let path = self.folder.join(format!("{}.upload", ImageId::random()));
        let file = File::create_new(&path).await?;
        Ok(StagedFile {
            file,
            hash: Sha256::new(),
            bytes: 0,
            limit,
            staging: self.clone(),
            entry: Entry(path),
        })
    }
}

/// A file being written. Dropped before [`StagedFile::finish`], it is gone.
#[derive(Debug)]
pub struct StagedFile {
    file: File,
    hash: Sha256,
    bytes: u64,
    limit: u64,
    staging: Staging,
    entry: Entry,
}

impl StagedFile {
    /// Appends a chunk. [`BlobError::TooLarge`] leaves the file as it was before the chunk.
    pub async fn write(&mut self, chunk: &[u8]) -> Result<(), BlobError> {
        let bytes = self.bytes.saturating_add(chunk.len() as u64);
        if bytes > self.limit {
            return Err(BlobError::TooLarge { limit: self.limit });
        }
        self.file.write_all(chunk).await?;
        self.hash.update(chunk);
        self.bytes = bytes;
        Ok(())
    }

    /// Bytes written so far.
    pub fn len(&self) -> u64 {
        self.bytes
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Syncs the file to disk.
    pub async fn finish(mut self) -> Result<Staged, BlobError> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        Ok(Staged {
            staging: self.staging,
            entry: self.entry,
            digest: Digest::new(self.hash.finalize().into()),
            bytes: self.bytes,
        })
    }
}

/// A whole file, synced to disk, not yet anybody's. Dropped, it is gone.
#[derive(Debug)]
pub struct Staged {
    staging: Staging,
    entry: Entry,
    digest: Digest,
    bytes: u64,
}

impl Staged {
    /// Where it is, until it is stored.
    pub fn path(&self) -> &Path {
        &self.entry.0
    }

    /// The SHA-256 of its bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Its size.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// An empty folder beside it, for what is made of it.
    pub async fn folder_beside(&self) -> Result<StagedFolder, BlobError> {
        let path = self.staging.folder.join(ImageId::random().as_str());
        tokio::fs::create_dir(&path).await?;
        Ok(StagedFolder { entry: Entry(path) })
    }
}

/// A folder that an image's files are put into. Dropped, it is gone with all that is in it.
#[derive(Debug)]
pub struct StagedFolder {
    entry: Entry,
}

impl StagedFolder {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.entry.0
    }

    /// All its files are there but the original, which is the staged file.
    pub async fn with_original(self, staged: Staged) -> Result<StagedPicture, BlobError> {
        tokio::fs::rename(staged.path(), self.path().join(ORIGINAL)).await?;
        Ok(self.complete(staged.digest, staged.bytes))
    }

    /// All its files are there, with an original of this digest and size.
    pub fn complete(self, digest: Digest, bytes: u64) -> StagedPicture {
        StagedPicture {
            entry: self.entry,
            digest,
            bytes,
        }
    }
}

/// An image's files, complete, not yet anybody's. Dropped, they are gone.
#[derive(Debug)]
pub struct StagedPicture {
    pub(super) entry: Entry,
    digest: Digest,
    bytes: u64,
}

impl StagedPicture {
    /// The SHA-256 of the original.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The original's size.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// A file or folder that is removed when dropped, unless it has been renamed away.
#[derive(Debug)]
pub(super) struct Entry(pub(super) PathBuf);

impl Drop for Entry {
    fn drop(&mut self) {
        let removed = if self.0.is_dir() {
            std::fs::remove_dir_all(&self.0)
        } else {
            std::fs::remove_file(&self.0)
        };
        if let Err(error) = removed
            && error.kind() != ErrorKind::NotFound
        {
            tracing::warn!(path = %self.0.display(), %error, "a staged file stays behind");
        }
    }
}

impl From<std::io::Error> for BlobError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::NoSpace,
            _ => Self::Unavailable(error.to_string()),
        }
    }
}
