//! Images' files from one store to another.

use std::sync::{Arc, Mutex};

use futures_util::{StreamExt as _, TryStreamExt as _};
use imagehub_policy::TenantId;
use sha2::{Digest as _, Sha256};

use super::consistent::ImageName;
use super::snapshot::Snapshot;
use super::{MovingError, Progress};
use crate::blobs::{BlobError, Blobs, ORIGINAL};
use crate::catalogue::{Digest, ImageId, Record};

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
    /// Images without files, by tenant and id: their records are left out.
    pub gone: Vec<ImageName>,
    /// Images whose originals are not what was recorded, by tenant and id. They are taken along
    /// as they are.
    pub damaged: Vec<ImageName>,
}

/// Copies the files of every image in a snapshot, but for those that are there.
pub async fn copy(
    snapshot: &Snapshot,
    from: &Blobs,
    to: &Blobs,
    say: Progress<'_>,
) -> Result<Copied, MovingError> {
    let images = snapshot.records().await?.try_filter_map(|record| async {
        let Record::Image {
            tenant, id, digest, ..
        } = record
        else {
            return Ok(None);
        };
        Ok(Some((tenant, id, digest)))
    });
    let mut copies = images
        .map_ok(|(tenant, id, digest)| async move {
            let done = one(&tenant, &id, &digest, from, to).await?;
            Ok(((tenant, id), done))
        })
        .try_buffer_unordered(AT_A_TIME)
        .boxed();
    let mut copied = Copied::default();
    while let Some((name, one)) = copies.try_next().await? {
        match one {
            One::Gone => copied.gone.push(name),
            One::There {
                files,
                bytes,
                damaged,
            } => {
                copied.images += 1;
                copied.files += files;
                copied.bytes += bytes;
                if damaged {
                    copied.damaged.push(name);
                }
                if copied.images.is_multiple_of(SAY_EVERY) {
                    say(&copied.so_far());
                }
            }
        }
    }
    drop(copies);
    say(&copied.so_far());
    for (tenant, id) in &copied.gone {
        say(&format!("{tenant}/{id} has no files any more: left out"));
    }
    for (tenant, id) in &copied.damaged {
        say(&format!(
            "{tenant}/{id} IS DAMAGED: it is not what was uploaded"
        ));
    }
    Ok(copied)
}

impl Copied {
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

enum One {
    Gone,
    There {
        files: u64,
        bytes: u64,
        damaged: bool,
    },
}

async fn one(
    tenant: &str,
    id: &str,
    digest: &str,
    from: &Blobs,
    to: &Blobs,
) -> Result<One, MovingError> {
    let damaged_record = || BlobError::Unavailable(format!("{tenant}/{id} is no image's name"));
    let tenant = &TenantId::parse(tenant).map_err(|_| damaged_record())?;
    let id = &ImageId::parse(id).map_err(|_| damaged_record())?;
    let Some(source) = from.folder(tenant, id).await? else {
        return Ok(One::Gone);
    };
    if !source.files.iter().any(|(name, _)| name == ORIGINAL) {
        return Ok(One::Gone);
    }
    let there = to.folder(tenant, id).await?.map(|folder| folder.files);
    let (mut files, mut bytes, mut damaged) = (0, 0, false);
    for file in &source.files {
        if there.as_ref().is_some_and(|there| there.contains(file)) {
            continue;
        }
        let (name, size) = file;
        let hash = match stream(from, to, tenant, id, name).await {
            Ok(hash) => hash,
            // Purged just now.
            Err(BlobError::NotFound) => {
                if let Some(begun) = to.folder(tenant, id).await? {
                    to.remove(&begun).await?;
                }
                return Ok(One::Gone);
            }
            Err(error) => return Err(error.into()),
        };
        damaged |= name == ORIGINAL && digest.rsplit(':').next() != Some(hash.hex().as_str());
        files += 1;
        bytes += size;
    }
    Ok(One::There {
        files,
        bytes,
        damaged,
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
