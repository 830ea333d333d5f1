//! Where blobs stay.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use imagehub_policy::TenantId;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{
    GetOptions, GetRange, GetResultPayload, ObjectStore, ObjectStoreExt as _, PutPayload,
    WriteMultipart,
};
use tokio::sync::oneshot;

use super::directory::Directory;
use super::reading::blocks;
use super::staging::Entry;
use super::{
    Blob, BlobError, Encoding, ORIGINAL, StagedFile, StagedPicture, Staging, ThumbnailSize,
    all_names, thumbnail_name,
};
use crate::domain::ImageId;
use crate::file_permissions;

/// Bytes that go to an object store in one request; what is longer goes in parts of so many, the
/// fewest that S3 takes.
const PART: usize = 5 * 1024 * 1024;
/// Requests at a time, for files and for parts.
const AT_ONCE: usize = 4;

/// The store of originals and thumbnails. Clones share it.
#[derive(Clone)]
pub struct Blobs {
    pub(super) store: Arc<dyn ObjectStore>,
    /// The store's folder, when it is one: there, an image's files are renamed into place.
    pub(super) directory: Option<Directory>,
    staging: Staging,
}

impl Blobs {
    /// Blobs in a directory, which is made if need be. `staging` is this process's own folder,
    /// best on the same file system, so that files can be renamed instead of copied.
    pub async fn in_directory(directory: &Path, staging: &Path) -> Result<Self, BlobError> {
        let blobs = Self::of_directory(directory, Staging::at(staging.to_owned())).await?;
        blobs.open_staging().await?;
        Ok(blobs)
    }

    /// Blobs in a backup's directory: files are read and written there, and nothing is staged.
    pub async fn of_backup(directory: &Path) -> Result<Self, BlobError> {
        Self::of_directory(directory, Staging::at(directory.join("staging"))).await
    }

    /// Blobs in any other object store.
    pub async fn in_store(store: Arc<dyn ObjectStore>, staging: &Path) -> Result<Self, BlobError> {
        let blobs = Self::of_store(store, Staging::at(staging.to_owned()));
        blobs.open_staging().await?;
        Ok(blobs)
    }

    pub(super) async fn of_directory(
        directory: &Path,
        staging: Staging,
    ) -> Result<Self, BlobError> {
        file_permissions::folder(directory)?;
        let store = LocalFileSystem::new_with_prefix(directory)?
            .with_automatic_cleanup(true)
            .with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            directory: Some(Directory::open(directory).await?),
            staging,
        })
    }

    pub(super) fn of_store(store: Arc<dyn ObjectStore>, staging: Staging) -> Self {
        Self {
            store,
            directory: None,
            staging,
        }
    }

    /// Makes the staging folder if need be, and removes what killed processes left in it.
    pub async fn open_staging(&self) -> Result<(), BlobError> {
        self.staging.open().await
    }

    /// Begins an upload of at most `limit` bytes.
    pub async fn stage(&self, limit: u64) -> Result<StagedFile, BlobError> {
        self.staging.file(limit).await
    }

    /// Removes what killed processes left of unfinished uploads. Returns how many files and folders.
    pub async fn sweep_staging(&self) -> Result<usize, BlobError> {
        self.staging.sweep().await
    }

    /// Answers `Ok` if the store can be reached and the staging folder is there.
    pub async fn check(&self) -> Result<(), BlobError> {
        self.make_sure_it_is_there().await?;
        self.staging.file(0).await.map(drop)
    }

    async fn make_sure_it_is_there(&self) -> Result<(), BlobError> {
        if let Some(directory) = &self.directory {
            return directory.make_sure_it_is_there().await;
        }
        let mut listing = self.store.list(Some(&Key::from("readiness")));
        // A bucket without such names answers, with none; one that is not there is "not found".
        listing.try_next().await.map_err(unavailable)?;
        Ok(())
    }

    /// Puts an image's files in place. When this returns they are on disk, or in the object store;
    /// when it fails nothing is left that a record could name.
    pub async fn store(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        picture: StagedPicture,
    ) -> Result<(), BlobError> {
        match &self.directory {
            Some(directory) => directory.commit(tenant, id, &picture.entry).await,
            None => self.put_picture(tenant, id, picture).await,
        }
    }

    /// Puts an image's files into an object store. Whoever waits for it may leave: what has begun
    /// there ends all the same, and is taken away again, since nobody is left to record it.
    async fn put_picture(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        picture: StagedPicture,
    ) -> Result<(), BlobError> {
        let (told, outcome) = oneshot::channel();
        let (blobs, tenant, id) = (self.clone(), tenant.clone(), id.clone());
        tokio::spawn(async move {
            let put = blobs.put_all(&tenant, &id, &picture.entry).await;
            if put.is_err() {
                blobs.take_away(&tenant, &id).await;
            }
            if let Err(Ok(())) = told.send(put) {
                blobs.take_away(&tenant, &id).await;
            }
        });
        match outcome.await {
            Ok(put) => put,
            Err(_) => Err(BlobError::Unavailable("this process is ending".to_owned())),
        }
    }

    async fn take_away(&self, tenant: &TenantId, id: &ImageId) {
        if let Err(error) = self.delete(tenant, id).await {
            tracing::warn!(%error, %id, "files of an image that was not stored stay behind");
        }
    }

    /// Opens an original, or a range of it; a range that begins past the end is empty.
    pub async fn original(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        range: Option<Range<u64>>,
    ) -> Result<Blob, BlobError> {
        self.open(&key(tenant, id, ORIGINAL), range).await
    }

    /// Opens a thumbnail.
    pub async fn thumbnail(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        size: ThumbnailSize,
        encoding: Encoding,
    ) -> Result<Blob, BlobError> {
        self.open(&key(tenant, id, thumbnail_name(size, encoding)), None)
            .await
    }

    /// Deletes an image's files, those that are there.
    pub async fn delete(&self, tenant: &TenantId, id: &ImageId) -> Result<(), BlobError> {
        for name in all_names() {
            match self.store.delete(&key(tenant, id, name)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The size of an original in bytes.
    pub async fn original_size(&self, tenant: &TenantId, id: &ImageId) -> Result<u64, BlobError> {
        match self.store.head(&key(tenant, id, ORIGINAL)).await {
            Ok(found) => Ok(found.size),
            Err(error) => Err(self.missing_or_away(error.into()).await),
        }
    }

    pub(super) async fn open(
        &self,
        key: &Key,
        range: Option<Range<u64>>,
    ) -> Result<Blob, BlobError> {
        let directory = self.directory.as_ref();
        if let Some((file, size)) = directory.and_then(|there| there.open_from_memory(key)) {
            let range = range.map_or(0..size, |range| range.start.min(size)..range.end.min(size));
            return Ok(Blob {
                size,
                range: range.clone(),
                stream: blocks(file, range),
            });
        }
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        let found = match self.store.get_opts(key, options).await {
            Ok(found) => found,
            Err(error) => return Err(self.missing_or_away(error.into()).await),
        };
        let (size, range) = (found.meta.size, found.range.clone());
        let stream = match found.payload {
            GetResultPayload::File(file, _) => blocks(file, range.clone()),
            GetResultPayload::Stream(stream) => stream.map_err(BlobError::from).boxed(),
        };
        Ok(Blob {
            size,
            range,
            stream,
        })
    }

    /// A blob is missing only from a store that is there.
    async fn missing_or_away(&self, error: BlobError) -> BlobError {
        match error {
            BlobError::NotFound => match self.make_sure_it_is_there().await {
                Ok(()) => BlobError::NotFound,
                Err(away) => away,
            },
            error => error,
        }
    }

    async fn put_all(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        folder: &Entry,
    ) -> Result<(), BlobError> {
        let mut files = Vec::new();
        let mut entries = tokio::fs::read_dir(&folder.0).await?;
        while let Some(entry) = entries.next_entry().await? {
            let key = key(tenant, id, &entry.file_name().to_string_lossy());
            files.push((key, entry.path()));
        }
        // After a failure no other file begins; those that have begun end, for what is broken off
        // may stay in the store without a name.
        let failure = OnceLock::new();
        let put = async |(key, path)| {
            if failure.get().is_none()
                && let Err(error) = self.put_file(&key, path).await
            {
                failure.set(error).ok();
            }
        };
        stream::iter(files).for_each_concurrent(AT_ONCE, put).await;
        failure.into_inner().map_or(Ok(()), Err)
    }

    async fn put_file(&self, key: &Key, path: PathBuf) -> Result<(), BlobError> {
        let file = tokio::fs::File::open(path).await?.into_std().await;
        let length = file.metadata()?.len();
        self.put(key, blocks(file, 0..length)).await
    }

    /// Writes a file: whole, or not at all. A small one takes one request.
    pub(super) async fn put(
        &self,
        key: &Key,
        mut chunks: BoxStream<'_, Result<Bytes, BlobError>>,
    ) -> Result<(), BlobError> {
        let (mut first, mut size) = (Vec::new(), 0);
        while size <= PART {
            match chunks.try_next().await? {
                Some(chunk) => {
                    size += chunk.len();
                    first.push(chunk);
                }
                None => {
                    self.store.put(key, PutPayload::from_iter(first)).await?;
                    return Ok(());
                }
            }
        }
        let parts = self.store.put_multipart(key).await?;
        let mut upload = WriteMultipart::new_with_chunk_size(parts, PART);
        let chunks = stream::iter(first.into_iter().map(Ok)).chain(chunks);
        match put_parts(&mut upload, chunks).await {
            Ok(()) => {
                // This tidies up after itself.
                upload.finish().await?;
                Ok(())
            }
            Err(error) => {
                // A part that arrives after the end of its upload would stay.
                while upload.wait_for_capacity(0).await.is_err() {}
                if let Err(left) = upload.abort().await {
                    tracing::warn!(error = %left, "parts of an upload stay behind");
                }
                Err(error)
            }
        }
    }
}

async fn put_parts(
    upload: &mut WriteMultipart,
    chunks: impl Stream<Item = Result<Bytes, BlobError>>,
) -> Result<(), BlobError> {
    let mut chunks = pin!(chunks);
    while let Some(chunk) = chunks.try_next().await? {
        upload.wait_for_capacity(AT_ONCE).await?;
        upload.put(chunk);
    }
    Ok(())
}

fn key(tenant: &TenantId, id: &ImageId, name: &str) -> Key {
    Key::from_iter([tenant.as_str(), id.as_str(), name])
}

impl From<object_store::Error> for BlobError {
    fn from(error: object_store::Error) -> Self {
        match error {
            // Without its bucket a store has no blobs, but not because they are gone.
            object_store::Error::NotFound { source, .. }
                if !source.to_string().contains("NoSuchBucket") =>
            {
                Self::NotFound
            }
            other => unavailable(other),
        }
    }
}

/// The whole chain of causes: the last one tells whether the key is wrong or the service away.
fn unavailable(error: object_store::Error) -> BlobError {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        let reason = error.to_string();
        if !text.contains(&reason) {
            text.push_str(": ");
            text.push_str(&reason);
        }
        cause = error.source();
    }
    BlobError::Unavailable(text)
}
