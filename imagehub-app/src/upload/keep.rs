//! One staged file on its way to being an image.

use imagehub_policy::{TenantId, Username};
use time::OffsetDateTime;

use crate::blobs::Staged;
use crate::catalogue::{
    CatalogueError, ImageId, ImageRecord, Inserted, NewImage, Placeholder, Tags, Title,
};
use crate::error::AppError;
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
}

/// Decodes, stores and records a file, in this order: what is recorded is whole and on disk.
/// Bytes that the tenant has already come back as the image they are.
pub async fn keep(state: &State, staged: Staged, labels: Labels<'_>) -> Result<Inserted, AppError> {
    let digest = staged.digest();
    if let Some(known) = state
        .catalogue
        .find_by_digest(labels.tenant, &digest)
        .await?
    {
        return Ok(Inserted::Duplicate(known));
    }
    let bytes = staged.bytes();
    let ingested = state.imaging.ingest(staged.path()).await?;
    let id = ImageId::random();
    state
        .blobs
        .store(labels.tenant, &id, staged, &ingested.thumbnails)
        .await?;
    let new = NewImage {
        id: id.clone(),
        tenant: labels.tenant.clone(),
        digest,
        media_type: ingested.media_type,
        bytes,
        width: ingested.width,
        height: ingested.height,
        placeholder: Placeholder::default(),
        thumbnail_type: ingested.thumbnails[0].media_type,
        title: labels.title,
        tags: labels.tags,
        uploaded_by: labels.user.clone(),
        uploaded_at: OffsetDateTime::now_utc(),
    };
    let inserted = state.catalogue.insert_image(&new, None).await;
    // When the catalogue went away it may have recorded the image: then its files must stay.
    let ours = matches!(
        &inserted,
        Ok(Inserted::New(ImageRecord { id: recorded, .. })) if *recorded == id
    );
    let unknown = matches!(&inserted, Err(CatalogueError::Unavailable(_)));
    if !ours
        && !unknown
        && let Err(error) = state.blobs.delete(labels.tenant, &id).await
    {
        tracing::warn!(%error, %id, "files of an image that was not recorded stay behind");
    }
    Ok(inserted?)
}
