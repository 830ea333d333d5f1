//! Originals as they were recorded: one that is missing or damaged is counted and logged.

use std::ops::Range;

use imagehub_policy::TenantId;

use crate::blobs::{Blob, BlobError};
use crate::domain::ImageRecord;
use crate::error::AppError;
use crate::state::State;

/// Opens an original, or a range of it, if it is the one that was recorded.
pub async fn open_original(
    state: &State,
    tenant: &TenantId,
    image: &ImageRecord,
    range: Option<Range<u64>>,
) -> Result<Blob, AppError> {
    let blob = state
        .blobs()
        .await?
        .original(tenant, &image.id, range)
        .await;
    sound(state, tenant, image, blob, |blob| blob.size).await
}

/// Answers `Ok` if the original is there as it was recorded.
pub async fn check_original(
    state: &State,
    tenant: &TenantId,
    image: &ImageRecord,
) -> Result<(), AppError> {
    let size = state.blobs().await?.original_size(tenant, &image.id).await;
    sound(state, tenant, image, size, |size| *size)
        .await
        .map(drop)
}

/// What was found of an original, unless it cannot be the one that was recorded. What is missing
/// or damaged is worth an alarm, if the record is still there.
async fn sound<T>(
    state: &State,
    tenant: &TenantId,
    image: &ImageRecord,
    found: Result<T, BlobError>,
    size: impl Fn(&T) -> u64,
) -> Result<T, AppError> {
    let id = &image.id;
    match found {
        Ok(found) if size(&found) == image.bytes => Ok(found),
        Ok(found) => {
            state.metrics.damaged.inc();
            Err(AppError::Unavailable(format!(
                "the original of {tenant}/{id} has {} bytes instead of {}",
                size(&found),
                image.bytes
            )))
        }
        Err(BlobError::NotFound) => Err(missing(state, tenant, image).await?),
        Err(error) => Err(error.into()),
    }
}

/// Says that a file is missing which a record names, unless the record has gone just now too.
pub async fn missing(
    state: &State,
    tenant: &TenantId,
    image: &ImageRecord,
) -> Result<AppError, AppError> {
    let id = &image.id;
    if state.catalogue.is_recorded(tenant, id).await? {
        state.metrics.missing.inc();
        tracing::error!(%tenant, %id, "a file of an image is missing");
    }
    Ok(AppError::NotFound)
}
