//! Images' files from one place to another.

use std::future::ready;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt as _, TryStreamExt as _};
use sha2::{Digest as _, Sha256};

use super::records::{ImageName, Records};
use super::{BackupError, Progress};
use crate::blobs::{BlobError, Blobs, ORIGINAL, all_names};
use crate::catalogue::{Catalogue, Record};
use crate::domain::Digest;

/// Images copied at a time.
const CONCURRENT: usize = 6;
/// Images between two lines of progress.
const REPORT_EVERY: u64 = 200;

/// What copying came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Images whose files are there now.
    pub images: u64,
    /// Files written; the others were there.
    pub files: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Images that were deleted for good meanwhile: their records are left out.
    pub gone: Vec<ImageName>,
    /// Images without files that should have some: their records are left out.
    pub missing: Vec<ImageName>,
    /// Images whose originals are not what was recorded. They are taken along as they are.
    pub damaged: Vec<ImageName>,
}

/// Copies the files of every image among the records, but for those that are there. An image without
/// files was deleted for good only if `catalogue`, whose records these are, says so now.
pub async fn copy(
    records: &Records,
    from: &Blobs,
    to: &Blobs,
    catalogue: Option<&dyn Catalogue>,
    report: Progress<'_>,
) -> Result<Copied, BackupError> {
    // After a failure no other image begins; those that have begun end, for what is broken off may
    // stay in a store without a name.
    let failed = AtomicBool::new(false);
    let mut copies = records
        .stream()
        .await?
        .try_filter_map(|record| {
            ready(Ok(match record {
                Record::Image { tenant, image } => Some(((tenant, image.id), image.digest)),
                _ => None,
            }))
        })
        .try_take_while(|_| ready(Ok(!failed.load(Relaxed))))
        .map_ok(|(name, digest)| async move {
            let done = one(&name, digest, from, to).await?;
            Ok((name, done))
        })
        .try_buffer_unordered(CONCURRENT)
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
        } else if copied.images > 0 && copied.images.is_multiple_of(REPORT_EVERY) {
            report(&copied.so_far());
        }
    }
    drop(copies);
    if let Some(failure) = failure {
        return Err(failure);
    }
    copied.report(report);
    if copied.images == 0 && !copied.missing.is_empty() {
        return Err(BackupError::NoFiles(copied.missing.len()));
    }
    Ok(copied)
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
    ) -> Result<(), BackupError> {
        let One::There {
            files,
            bytes,
            damaged,
            whole,
        } = one
        else {
            let is_missing = is_recorded(catalogue, &name).await?;
            let list = if is_missing {
                &mut self.missing
            } else {
                &mut self.gone
            };
            list.push(name);
            return Ok(());
        };
        // Some of its files were removed already when they were looked for.
        if !whole && !is_recorded(catalogue, &name).await? {
            self.gone.push(name);
            return Ok(());
        }
        self.images += 1;
        self.files += files;
        self.bytes += bytes;
        if damaged {
            self.damaged.push(name);
        }
        Ok(())
    }

    fn report(&self, report: Progress<'_>) {
        report(&self.so_far());
        for (names, what) in [
            (&self.gone, "was deleted meanwhile: left out"),
            (&self.missing, "IS MISSING: it has no files, left out"),
            (&self.damaged, "IS DAMAGED: it is not what was uploaded"),
        ] {
            for (tenant, id) in names {
                report(&format!("{tenant}/{id} {what}"));
            }
        }
    }

    fn so_far(&self) -> String {
        let Self {
            images,
            files,
            bytes,
            ..
        } = self;
        format!("{images} images are there, {files} files ({bytes} bytes) copied")
    }
}

/// Whether the image's record is there still, as it always is where there is no catalogue to ask.
async fn is_recorded(
    catalogue: Option<&dyn Catalogue>,
    (tenant, id): &ImageName,
) -> Result<bool, BackupError> {
    match catalogue {
        Some(catalogue) => Ok(catalogue.is_recorded(tenant, id).await?),
        None => Ok(true),
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
    name: &ImageName,
    digest: Digest,
    from: &Blobs,
    to: &Blobs,
) -> Result<One, BackupError> {
    let (tenant, id) = name;
    let Some(source) = from.folder(tenant, id).await? else {
        return Ok(One::Gone);
    };
    if !source.files.iter().any(|(file, _)| file == ORIGINAL) {
        return Ok(One::Gone);
    }
    let there = to.folder(tenant, id).await?.map(|folder| folder.files);
    let (mut files, mut bytes, mut damaged) = (0, 0, false);
    for file in &source.files {
        let (file_name, size) = file;
        let is_original = file_name == ORIGINAL;
        let is_there = there.as_ref().is_some_and(|there| there.contains(file));
        // What was copied before may be damaged by now, or have been so from the beginning.
        if is_there && (!is_original || digest_of(to, name).await? == digest) {
            continue;
        }
        let found = match copy_file(from, to, name, file_name).await {
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
        damaged |= is_original && found != digest;
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

/// Copies one file, and returns its digest.
async fn copy_file(
    from: &Blobs,
    to: &Blobs,
    (tenant, id): &ImageName,
    file_name: &str,
) -> Result<Digest, BlobError> {
    let hash = Arc::new(Mutex::new(Sha256::new()));
    let hashing = Arc::clone(&hash);
    let chunks = from.read(tenant, id, file_name).await?.stream;
    let chunks = chunks.inspect_ok(move |chunk| {
        let mut hash = hashing.lock().unwrap_or_else(PoisonError::into_inner);
        hash.update(chunk);
    });
    to.write(tenant, id, file_name, chunks.boxed()).await?;
    let hash = hash.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Digest::new(hash.finalize().into()))
}

/// The digest of an original.
async fn digest_of(blobs: &Blobs, (tenant, id): &ImageName) -> Result<Digest, BlobError> {
    let mut hash = Sha256::new();
    let mut chunks = blobs.read(tenant, id, ORIGINAL).await?.stream;
    while let Some(chunk) = chunks.try_next().await? {
        hash.update(&chunk);
    }
    Ok(Digest::new(hash.finalize().into()))
}
