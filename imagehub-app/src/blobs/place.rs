//! Where blobs are kept: a directory or a bucket, with a folder for each catalogue.
//!
//! The folder is named by the catalogue's id, so that another catalogue neither sees these blobs
//! nor takes them for files that no record names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::prefix::PrefixStore;

use super::s3::bucket;
use super::{BlobError, Blobs, Staging};
use crate::config::S3Settings;
use crate::domain::CatalogueId;
use crate::file_permissions;

/// A place for the blobs of any number of catalogues.
pub struct Place {
    store: Arc<dyn ObjectStore>,
    directory: Option<PathBuf>,
    staging: Staging,
}

/// The blobs of one catalogue, and whose others there are.
pub struct Opened {
    /// The catalogue's own blobs.
    pub blobs: Blobs,
    /// Whether its folder was not there.
    pub is_new: bool,
    /// Ids of other catalogues that have a folder here.
    pub others: Vec<CatalogueId>,
}

impl Place {
    /// A directory's path, which is made if need be, or `s3://BUCKET/PREFIX`. A bucket need not
    /// answer yet, and of `staging`, this process's own folder, nothing is made before it is needed.
    pub fn open(place: &str, s3: &S3Settings, staging: &Path) -> Result<Self, BlobError> {
        let staging = Staging::at(staging.to_owned());
        match place.split_once("://") {
            None => {
                file_permissions::folder(Path::new(place))?;
                Ok(Self {
                    store: Arc::new(LocalFileSystem::new_with_prefix(place)?),
                    directory: Some(PathBuf::from(place)),
                    staging,
                })
            }
            Some(("s3", _)) => Ok(Self {
                store: bucket(place, s3)?,
                directory: None,
                staging,
            }),
            Some(_) => Err(BlobError::Unavailable(
                "blobs are kept in a directory or in s3://BUCKET/PREFIX".to_owned(),
            )),
        }
    }

    /// Makes the staging folder if need be, and removes what killed processes left in it.
    pub async fn open_staging(&self) -> Result<(), BlobError> {
        self.staging.open().await
    }

    /// The blobs of one catalogue. In a directory its folder is made here, or never: one that has
    /// gone later is a disk that is away.
    pub async fn of(&self, catalogue: &CatalogueId) -> Result<Opened, BlobError> {
        let folders = self.store.list_with_delimiter(None).await?.common_prefixes;
        let ids = folders
            .iter()
            .map(|folder| CatalogueId::parse(folder.as_ref()));
        let (own, others): (Vec<_>, Vec<_>) = ids.flatten().partition(|id| id == catalogue);
        let blobs = match &self.directory {
            Some(directory) => {
                let folder = directory.join(catalogue.as_str());
                Blobs::of_directory(&folder, self.staging.clone()).await?
            }
            None => {
                let store =
                    PrefixStore::new(Arc::clone(&self.store), Key::from(catalogue.as_str()));
                Blobs::of_store(Arc::new(store), self.staging.clone())
            }
        };
        Ok(Opened {
            blobs,
            is_new: own.is_empty(),
            others,
        })
    }
}
