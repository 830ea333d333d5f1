//! One staged file on its way to being an image.

use std::cell::RefCell;

use futures_util::{StreamExt as _, stream};
use imagehub_policy::{TenantId, Username};
use time::OffsetDateTime;

use super::form::Arrived;
use crate::blobs::Staged;
use crate::catalogue::{CatalogueError, Inserted};
use crate::domain::{Digest, ImageId, ImageRecord, Tags, Title};
use crate::error::AppError;
use crate::imaging::Ingested;
use crate::state::State;

/// What a file is to be recorded with.
pub struct Labels<'a> {
    /// Whose it is.
    pub tenant: &'a TenantId,
    /// By whom.
    pub user: &'a Username,
    /// Its title.
    pub title: Title,
    /// Its tags.
    pub tags: Tags,
    /// Whether it is served with the metadata it comes with.
    pub keep_metadata: bool,
    /// Bytes the tenant's images may take in all, if there is a bound.
    pub quota: Option<u64>,
}

/// Keeps files: decodes as many at a time as may be, records them in their order, so that a
/// gallery shows them in it, and says what became of each. Once the machine is to blame for a failure, those not yet begun fail with it.
pub async fn keep_all<'a>(
    state: &State,
    files: Vec<Arrived>,
    labels: impl Fn(&str) -> Labels<'a>,
) -> Vec<(String, Result<Inserted, AppError>)> {
    let over = RefCell::new(None);
    let is_over = || over.borrow().as_ref().and_then(of_the_machine);
    let note = |error: &AppError| {
        error.log();
        over.replace_with(|before| before.take().or_else(|| of_the_machine(error)));
    };
    let decoded = stream::iter(files).map(async |Arrived { filename, staged }| {
        if let Some(error) = is_over() {
            return (filename, Err(error));
        }
        let labels = labels(&filename);
        let decoded = match staged {
            Ok(staged) => decode(state, staged, labels).await,
            Err(error) => Err(error),
        };
        (filename, decoded.inspect_err(note))
    });
    let recorded = decoded.buffered(state.config.decodes());
    let kept = recorded.then(async |(filename, decoded)| {
        let kept = match decoded {
            Ok(Decoded::Known(known)) => Ok(*known),
            Ok(Decoded::Other(..)) if let Some(error) = is_over() => Err(error),
            Ok(Decoded::Other(picture, labels)) => {
                record(state, *picture, labels).await.inspect_err(note)
            }
            Err(error) => Err(error),
        };
        (filename, kept)
    });
    kept.collect().await
}

/// The same error, if the next file would not fare better.
fn of_the_machine(error: &AppError) -> Option<AppError> {
    match error {
        AppError::Unavailable(cause) => Some(AppError::Unavailable(cause.clone())),
        AppError::NoSpace(cause) => Some(AppError::NoSpace(cause.clone())),
        _ => None,
    }
}

/// What a file turned out to be.
enum Decoded<'a> {
    /// Bytes that the tenant has.
    Known(Box<Inserted>),
    /// A picture that is not stored yet, and what to record it with.
    Other(Box<Ingested>, Labels<'a>),
}

/// Decodes, stores and records a file, in this order: what is recorded is whole and on disk.
/// Bytes that the tenant has already come back as the image they are, restored if it was deleted.
pub async fn keep(state: &State, staged: Staged, labels: Labels<'_>) -> Result<Inserted, AppError> {
    match decode(state, staged, labels).await? {
        Decoded::Known(known) => Ok(*known),
        Decoded::Other(picture, labels) => record(state, *picture, labels).await,
    }
}

/// What counts are the bytes that are served, so the same photograph is the same whatever its
/// metadata said; a file that is served as it came is recognised before it is decoded.
async fn decode<'a>(
    state: &State,
    staged: Staged,
    labels: Labels<'a>,
) -> Result<Decoded<'a>, AppError> {
    let sent = staged.digest();
    if let Some(known) = known(state, labels.tenant, &sent).await? {
        return Ok(Decoded::Known(Box::new(known)));
    }
    let ingested = state.imaging.ingest(staged, labels.keep_metadata).await?;
    let digest = ingested.picture.original().digest;
    if digest != sent
        && let Some(known) = known(state, labels.tenant, &digest).await?
    {
        return Ok(Decoded::Known(Box::new(known)));
    }
    Ok(Decoded::Other(Box::new(ingested), labels))
}

async fn record(
    state: &State,
    ingested: Ingested,
    labels: Labels<'_>,
) -> Result<Inserted, AppError> {
    let id = ImageId::random();
    let original = ingested.picture.original();
    let image = ImageRecord {
        id: id.clone(),
        digest: original.digest,
        crc32: original.crc32,
        media_type: ingested.media_type,
        animated: ingested.animated,
        bytes: original.bytes,
        width: ingested.width,
        height: ingested.height,
        placeholder: ingested.placeholder,
        thumbnail_type: ingested.thumbnail_type,
        title: labels.title,
        tags: labels.tags,
        uploaded_by: labels.user.clone(),
        uploaded_at: OffsetDateTime::now_utc(),
        taken_at: ingested.taken_at,
        camera: ingested.camera,
        deleted_at: None,
    };
    let blobs = state.blobs().await?;
    blobs.store(labels.tenant, &id, ingested.picture).await?;
    let inserted = state
        .catalogue
        .insert_image(labels.tenant, &image, labels.quota)
        .await;
    // When the catalogue went away it may have recorded the image: then its files must stay.
    let ours = matches!(
        &inserted,
        Ok(Inserted::New(ImageRecord { id: recorded, .. })) if *recorded == id
    );
    let unknown = matches!(&inserted, Err(CatalogueError::Unavailable(_)));
    if !ours
        && !unknown
        && let Err(error) = blobs.delete(labels.tenant, &id).await
    {
        tracing::warn!(%error, %id, "files of an image that was not recorded stay behind");
    }
    Ok(inserted?)
}

/// The image of these bytes, if the tenant has one.
async fn known(
    state: &State,
    tenant: &TenantId,
    digest: &Digest,
) -> Result<Option<Inserted>, AppError> {
    let Some(known) = state.catalogue.find_by_digest(tenant, digest).await? else {
        return Ok(None);
    };
    if known.deleted_at.is_none() {
        return Ok(Some(Inserted::Duplicate(known)));
    }
    match state.catalogue.restore_image(tenant, &known.id).await {
        Ok(restored) => Ok(Some(Inserted::Restored(restored))),
        // It was purged just now.
        Err(CatalogueError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
