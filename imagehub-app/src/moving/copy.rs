//! Images' files from one store to another.

use std::future::ready;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use futures_util::{StreamExt as _, TryStreamExt as _};
use imagehub_policy::TenantId;
use sha2::{Digest as _, Sha256};

use super::consistent::ImageName;
use super::snapshot::Snapshot;
use super::{MovingError, Progress};
use crate::blobs::{BlobError, Blobs, ORIGINAL, all_names};
use crate::catalogue::{Catalogue, Digest, ImageId, Record};

/// Images copied at a time.
const AT_A_TIME: usize = 6;
/// Images between two lines of progress.
const SAY_EVERY: u64 = 200;

/// What copying came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Images whose files are there now.
    pub images: u64,
    /// Files written; the others were there.
    pub files: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Images that were deleted for good meanwhile, by tenant and id: their records are left out.
    pub gone: Vec<ImageName>,
    /// Images without files that should have some, by tenant and id: their records are left out.
    pub missing: Vec<ImageName>,
    /// Images whose originals are not what was recorded, by tenant and id. They are taken along
    /// as they are.
    pub damaged: Vec<ImageName>,
}

/// Copies the files of every image in a snapshot, but for those that are there. An image without
/// files was deleted for good only if `catalogue`, whose records these are, says so now.
pub async fn copy(
    snapshot: &Snapshot,
    from: &Blobs,
    to: &Blobs,
    catalogue: Option<&dyn Catalogue>,
    say: Progress<'_>,
) -> Result<Copied, MovingError> {
    let all = snapshot.images().await?;
    let images = snapshot.records().await?.try_filter_map(|record| async {
        let Record::Image {
            tenant, id, digest, ..
        } = record
        else {
            return Ok(None);
        };
        Ok(Some((tenant, id, digest)))
    });
    // After a failure no other image begins; those that have begun end, for what is broken off may
    // stay in a store without a name.
    let failed = AtomicBool::new(false);
    let mut copies = images
        .try_take_while(|_| ready(Ok(!failed.load(Relaxed))))
        .map_ok(|(tenant, id, digest)| async move {
            let done = one(&tenant, &id, &digest, from, to).await?;
            Ok(((tenant, id), done))
        })
        .try_buffer_unordered(AT_A_TIME)
        .boxed();
    let mut copied = Copied::default();
    let mut failure = None;
    while let Some(copy) = copies.next().await {
        let counted = match copy {
            Ok((name, one)) => copied.count(name, one, catalogue).await,
            Err(error) => Err(error),
        };
        if let Err(error) = counted {
            failed.store(true, Relaxed);
            failure.get_or_insert(error);
        } else if copied.images > 0 && copied.images.is_multiple_of(SAY_EVERY) {
            say(&copied.so_far(all));
        }
    }
    drop(copies);
    if let Some(failure) = failure {
        return Err(failure);
    }
    copied.tell(all, say);
    if copied.images == 0 && !copied.missing.is_empty() {
        return Err(MovingError::NoFiles(copied.missing.len()));
    }
    Ok(copied)
}

/// Whether the image's record is there still, as it always is where there is no catalogue to ask.
async fn is_recorded(
    catalogue: Option<&dyn Catalogue>,
    (tenant, id): &ImageName,
) -> Result<bool, MovingError> {
    let Some(catalogue) = catalogue else {
        return Ok(true);
    };
    let (tenant, id) = parsed(tenant, id)?;
    Ok(catalogue.is_recorded(&tenant, &id).await?)
}

fn parsed(tenant: &str, id: &str) -> Result<(TenantId, ImageId), BlobError> {
    match (TenantId::parse(tenant), ImageId::parse(id)) {
        (Ok(tenant), Ok(id)) => Ok((tenant, id)),
        _ => Err(BlobError::Unavailable(format!(
            "{tenant}/{id} is no image's name"
        ))),
    }
}

impl Copied {
    /// The images that have no files where they were copied to.
    pub fn without_files(&self) -> Vec<ImageName> {
        self.gone.iter().chain(&self.missing).cloned().collect()
    }

    async fn count(
        &mut self,
        name: ImageName,
        one: One,
        catalogue: Option<&dyn Catalogue>,
    ) -> Result<(), MovingError> {
        match one {
            One::Gone if is_recorded(catalogue, &name).await? => self.missing.push(name),
            One::Gone => self.gone.push(name),
            // Some of its files were removed already when they were looked for.
            One::There { whole: false, .. } if !is_recorded(catalogue, &name).await? => {
                self.gone.push(name);
            }
            One::There {
                files,
                bytes,
                damaged,
                ..
            } => {
                self.images += 1;
                self.files += files;
                self.bytes += bytes;
                if damaged {
                    self.damaged.push(name);
                }
            }
        }
        Ok(())
    }

    fn tell(&self, all: u64, say: Progress<'_>) {
        say(&self.so_far(all));
        for (tenant, id) in &self.gone {
            say(&format!("{tenant}/{id} was deleted meanwhile: left out"));
        }
        for (tenant, id) in &self.missing {
            say(&format!(
                "{tenant}/{id} IS MISSING: it has no files, left out"
            ));
        }
        for (tenant, id) in &self.damaged {
            say(&format!(
                "{tenant}/{id} IS DAMAGED: it is not what was uploaded"
            ));
        }
    }

    fn so_far(&self, all: u64) -> String {
        let Self {
            images,
            files,
            bytes,
            ..
        } = self;
        format!("{images} of {all} images are there, {files} files ({bytes} bytes) copied")
    }
}

enum One {
    Gone,
    There {
        files: u64,
        bytes: u64,
        damaged: bool,
        /// Whether there were all the files that images of now have.
        whole: bool,
    },
}

async fn one(
    tenant: &str,
    id: &str,
    digest: &str,
    from: &Blobs,
    to: &Blobs,
) -> Result<One, MovingError> {
    let (tenant, id) = &parsed(tenant, id)?;
    let hash = digest.rsplit(':').next().unwrap_or_default();
    let Some(source) = from.folder(tenant, id).await? else {
        return Ok(One::Gone);
    };
    if !source.files.iter().any(|(name, _)| name == ORIGINAL) {
        return Ok(One::Gone);
    }
    let there = to.folder(tenant, id).await?.map(|folder| folder.files);
    let (mut files, mut bytes, mut damaged) = (0, 0, false);
    for file in &source.files {
        let (name, size) = file;
        let is_original = name == ORIGINAL;
        let is_there = there.as_ref().is_some_and(|there| there.contains(file));
        // What was copied before may be damaged by now, or have been so from the beginning.
        if is_there && (!is_original || hash_of(to, tenant, id, name).await? == hash) {
            continue;
        }
        let found = match stream(from, to, tenant, id, name).await {
            Ok(found) => found,
            // Purged just now.
            Err(BlobError::NotFound) => {
                if let Some(begun) = to.folder(tenant, id).await? {
                    to.remove(&begun).await?;
                }
                return Ok(One::Gone);
            }
            Err(error) => return Err(error.into()),
        };
        damaged |= is_original && found.hex() != hash;
        files += 1;
        bytes += size;
    }
    Ok(One::There {
        files,
        bytes,
        damaged,
        whole: source.files.len() >= all_names().count(),
    })
}

/// Copies one file, and returns its hash.
async fn stream(
    from: &Blobs,
    to: &Blobs,
    tenant: &TenantId,
    id: &ImageId,
    name: &str,
) -> Result<Digest, BlobError> {
    let hash = Arc::new(Mutex::new(Sha256::new()));
    let hashing = Arc::clone(&hash);
    let chunks = from.read(tenant, id, name).await?.stream;
    let chunks = chunks.inspect_ok(move |chunk| {
        if let Ok(mut hash) = hashing.lock() {
            hash.update(chunk);
        }
    });
    to.write(tenant, id, name, chunks.boxed()).await?;
    let hash = hash.lock().map(|hash| hash.clone());
    let hash = hash.map_err(|error| BlobError::Unavailable(error.to_string()))?;
    Ok(Digest::new(hash.finalize().into()))
}

async fn hash_of(
    blobs: &Blobs,
    tenant: &TenantId,
    id: &ImageId,
    name: &str,
) -> Result<String, BlobError> {
    let mut hash = Sha256::new();
    let mut chunks = blobs.read(tenant, id, name).await?.stream;
    while let Some(chunk) = chunks.try_next().await? {
        hash.update(&chunk);
    }
    Ok(Digest::new(hash.finalize().into()).hex())
}
