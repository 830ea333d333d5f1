//! The directory blobs are in: an image's files are renamed into it, whole.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use futures_util::future::{try_join, try_join_all};
use imagehub_policy::TenantId;
use object_store::path::Path as Key;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};

use super::BlobError;
use super::folders::INCOMING;
use super::staging::Entry;
use crate::domain::ImageId;

/// The directory, which is made at the start or never: one that has gone meanwhile is a disk that
/// is away, and what would be put into a new one would vanish when the disk comes back.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    path: PathBuf,
}

impl Directory {
    /// The directory, which is there.
    pub(super) async fn open(path: &Path) -> Result<Self, BlobError> {
        let path = tokio::fs::canonicalize(path).await?;
        Ok(Self { path })
    }

    /// Answers `Ok` if the directory is there.
    pub(super) async fn make_sure_it_is_there(&self) -> Result<(), BlobError> {
        match tokio::fs::metadata(&self.path).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let place = self.path.display();
                Err(BlobError::Unavailable(format!("{place}: {error}")))
            }
        }
    }

    /// Opens a file, with its size, if its place is in memory: then nothing waits for the disk
    /// (openat2(2), `RESOLVE_CACHED`). What is not found this way may be there all the same.
    pub(super) fn open_from_memory(&self, key: &Key) -> Option<(File, u64)> {
        let path = self.path.join(key.as_ref());
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let known = openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED).ok()?;
        let file = File::from(known);
        let metadata = file.metadata().ok()?;
        metadata.is_file().then_some((file, metadata.len()))
    }

    /// Puts an image's folder in its place. When this returns it is on disk; when it fails, nothing
    /// of it is left.
    pub(super) async fn commit(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        folder: &Entry,
    ) -> Result<(), BlobError> {
        let (synced, there) =
            futures_util::join!(sync_all(&folder.0), self.make_sure_it_is_there());
        synced.and(there)?;
        let tenant_folder = self.path.join(tenant.as_str());
        let place = tenant_folder.join(id.as_str());
        self.rename(folder, &tenant_folder, &place).await?;
        let unconfirmed = Entry(place);
        try_join(sync_folder(&tenant_folder), sync_folder(&self.path)).await?;
        unconfirmed.keep();
        Ok(())
    }

    /// Renames a staged folder into place. The tenant's folder goes with its last image, which may
    /// be just as the first one of now comes: then it is made once more.
    async fn rename(
        &self,
        folder: &Entry,
        tenant_folder: &Path,
        place: &Path,
    ) -> Result<(), BlobError> {
        const ATTEMPTS: usize = 16;
        for _ in 0..ATTEMPTS {
            match tokio::fs::create_dir(tenant_folder).await {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
                _ => {}
            }
            match tokio::fs::rename(&folder.0, place).await {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) if error.kind() == ErrorKind::CrossesDevices => {
                    return copy_folder(folder, &self.path, place).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(BlobError::Unavailable(
            "the tenant's folder does not stay".to_owned(),
        ))
    }
}

/// Copies a staged folder to another file system: into a folder beside its place, and from there
/// by a rename, so that the place is whole here too.
async fn copy_folder(folder: &Entry, directory: &Path, place: &Path) -> Result<(), BlobError> {
    let beside = Entry(directory.join(format!("{INCOMING}{}", ImageId::random())));
    tokio::fs::create_dir(&beside.0).await?;
    let mut entries = tokio::fs::read_dir(&folder.0).await?;
    while let Some(entry) = entries.next_entry().await? {
        tokio::fs::copy(entry.path(), beside.0.join(entry.file_name())).await?;
    }
    sync_all(&beside.0).await?;
    Ok(tokio::fs::rename(&beside.0, place).await?)
}

/// Every file of a folder, and the folder, together: a disk writes them in one go.
async fn sync_all(folder: &Path) -> Result<(), BlobError> {
    let mut paths = vec![folder.to_owned()];
    let mut entries = tokio::fs::read_dir(folder).await?;
    while let Some(entry) = entries.next_entry().await? {
        paths.push(entry.path());
    }
    try_join_all(paths.into_iter().map(sync)).await?;
    Ok(())
}

/// A rename is on disk only once the folder is.
async fn sync_folder(folder: &Path) -> Result<(), BlobError> {
    sync(folder.to_owned()).await
}

async fn sync(path: PathBuf) -> Result<(), BlobError> {
    let synced = tokio::task::spawn_blocking(move || File::open(path)?.sync_all());
    let synced = synced.await;
    Ok(synced.map_err(|error| BlobError::Unavailable(error.to_string()))??)
}
