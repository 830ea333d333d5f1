//! All blobs of a catalogue, folder by folder: for sweeps and backups.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{BoxStream, iter, once, try_unfold};
use futures_util::{StreamExt as _, TryStreamExt as _};
use imagehub_policy::TenantId;
use object_store::path::Path as Key;
use object_store::{ObjectMeta, ObjectStoreExt as _};
use time::OffsetDateTime;

use super::{Blob, BlobError, Blobs};
use crate::domain::ImageId;

/// How the names of folders begin whose files are being copied to their place.
pub(super) const INCOMING: &str = ".incoming-";

/// Whose a folder is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolderName {
    /// An image's.
    Image(TenantId, ImageId),
    /// Files that a killed process was copying to their place.
    Incoming(String),
    /// Nobody's that this program knows; it is left alone.
    Foreign(String),
}

/// The files of one folder.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Whose it is.
    pub name: FolderName,
    /// Its files' sizes in bytes, by name.
    pub files: Vec<(String, u64)>,
    /// When the newest of them was written.
    pub written: OffsetDateTime,
    keys: Vec<Key>,
}

impl Folder {
    /// What its files take together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|(_, bytes)| bytes).sum()
    }

    fn of(file: ObjectMeta) -> Self {
        let name = folder_of(&file.location);
        let parts: Vec<_> = name.split('/').collect();
        let name = match *parts.as_slice() {
            [incoming] if incoming.starts_with(INCOMING) => FolderName::Incoming(name),
            [tenant, id] => match (TenantId::parse(tenant), ImageId::parse(id)) {
                (Ok(tenant), Ok(id)) => FolderName::Image(tenant, id),
                _ => FolderName::Foreign(name),
            },
            _ => FolderName::Foreign(name),
        };
        let mut folder = Self {
            name,
            files: Vec::new(),
            written: OffsetDateTime::UNIX_EPOCH,
            keys: Vec::new(),
        };
        folder.add(file);
        folder
    }

    fn add(&mut self, file: ObjectMeta) {
        let written = OffsetDateTime::from_unix_timestamp(file.last_modified.timestamp());
        self.written = self
            .written
            .max(written.unwrap_or(OffsetDateTime::UNIX_EPOCH));
        let name = file.location.filename().unwrap_or_default().to_owned();
        self.files.push((name, file.size));
        self.keys.push(file.location);
    }
}

impl Blobs {
    /// Every folder. One whose files a store does not list together may come in parts. In a
    /// directory, what no tenant can be called is not looked into: it may be somebody else's, and
    /// closed, as `lost+found` is.
    pub fn folders(&self) -> BoxStream<'static, Result<Folder, BlobError>> {
        if self.directory.is_none() {
            return grouped(self.store.list(None).map_err(BlobError::from).boxed());
        }
        let store = Arc::clone(&self.store);
        let top = async move {
            Ok::<_, BlobError>(store.list_with_delimiter(None).await?.common_prefixes)
        };
        let store = Arc::clone(&self.store);
        let files = once(top)
            .map_ok(|folders| iter(folders.into_iter().filter(is_ours).map(Ok::<_, BlobError>)))
            .try_flatten()
            .map_ok(move |folder| store.list(Some(&folder)).map_err(BlobError::from))
            .try_flatten();
        grouped(files.boxed())
    }

    /// The files of one image, `None` if it has none.
    pub async fn folder(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<Option<Folder>, BlobError> {
        let prefix = Key::from_iter([tenant.as_str(), id.as_str()]);
        let files = self.store.list(Some(&prefix)).map_err(BlobError::from);
        grouped(files.boxed()).try_next().await
    }

    /// Removes a folder's files, those that are still there.
    pub async fn remove(&self, folder: &Folder) -> Result<(), BlobError> {
        for key in &folder.keys {
            match self.store.delete(key).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Reads any file of an image.
    pub async fn read(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        name: &str,
    ) -> Result<Blob, BlobError> {
        let key = Key::from_iter([tenant.as_str(), id.as_str(), name]);
        self.open(&key, None).await
    }

    /// Writes any file of an image: whole, or not at all.
    pub async fn write(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        name: &str,
        chunks: BoxStream<'_, Result<Bytes, BlobError>>,
    ) -> Result<(), BlobError> {
        let key = Key::from_iter([tenant.as_str(), id.as_str(), name]);
        self.put(&key, chunks).await
    }
}

/// Whether a folder at the top can be a tenant's, or is one of files on their way.
fn is_ours(folder: &Key) -> bool {
    let name = folder.as_ref();
    name.starts_with(INCOMING) || TenantId::parse(name).is_ok()
}

fn folder_of(file: &Key) -> String {
    let path = file.as_ref();
    path.rsplit_once('/')
        .map_or("", |(folder, _)| folder)
        .to_owned()
}

/// Puts files that follow each other and are in the same folder together.
fn grouped(
    files: BoxStream<'static, Result<ObjectMeta, BlobError>>,
) -> BoxStream<'static, Result<Folder, BlobError>> {
    let files = Box::pin(files.peekable());
    try_unfold(files, |mut files| async move {
        let Some(first) = files.try_next().await? else {
            return Ok(None);
        };
        let place = folder_of(&first.location);
        let mut folder = Folder::of(first);
        let same = |next: &Result<ObjectMeta, BlobError>| {
            next.as_ref()
                .is_ok_and(|next| folder_of(&next.location) == place)
        };
        while let Some(next) = files.as_mut().next_if(same).await {
            folder.add(next?);
        }
        Ok(Some((folder, files)))
    })
    .boxed()
}
