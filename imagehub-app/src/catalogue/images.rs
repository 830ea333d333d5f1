//! The images' part of the catalogue.

use async_trait::async_trait;
use imagehub_policy::TenantId;
use time::OffsetDateTime;

use super::{Cursor, Result};
use crate::domain::texts::folded;
use crate::domain::{AlbumId, Digest, ImageEdit, ImageId, ImageRecord, Tag, TagCount};

/// What recording an image came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Inserted {
    /// It is recorded.
    New(ImageRecord),
    /// The tenant had these bytes already: this is that image.
    Duplicate(ImageRecord),
    /// The tenant had deleted these bytes: this is that image, restored.
    Restored(ImageRecord),
}

/// Which images to list.
#[derive(Debug, Clone)]
pub struct ImageQuery {
    /// At most this many: 1 to 200, larger counts as 200.
    pub limit: u32,
    /// Where the last page ended.
    pub after: Option<Cursor>,
    /// Only images with exactly this tag.
    pub tag: Option<Tag>,
    /// Only images with this text in title, tags or uploader, whatever its case and however its
    /// accents are written.
    pub text: Option<String>,
    /// Only images in this album.
    pub album: Option<AlbumId>,
    /// In which order.
    pub order: Order,
    /// The images that were deleted and can be restored, instead of those that were not.
    pub deleted: bool,
}

/// The order of a list of images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// The one that arrived last first.
    #[default]
    Newest,
    /// The one that arrived first first.
    Oldest,
    /// The one that was taken last first. Of a picture that does not say when it was taken, the
    /// time of its upload counts.
    Taken,
}

impl Order {
    pub(super) fn is_newest_first(self) -> bool {
        self != Self::Oldest
    }
}

impl ImageQuery {
    /// The first page of everything, of the usual 50.
    pub fn first_page() -> Self {
        Self {
            limit: 50,
            after: None,
            tag: None,
            text: None,
            album: None,
            order: Order::Newest,
            deleted: false,
        }
    }

    /// What of the text a search goes by: folded and composed; nothing of an empty one.
    pub(super) fn folded_text(&self) -> Option<String> {
        let text = self.text.as_deref().filter(|text| !text.is_empty());
        text.map(folded)
    }

    pub(super) fn page_size(&self) -> usize {
        self.limit.clamp(1, 200) as usize
    }
}

/// One page of images.
#[derive(Debug, Clone)]
pub struct Page {
    /// In the order asked for.
    pub images: Vec<ImageRecord>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// Images: recorded, found, listed, edited, deleted, restored and forgotten.
#[async_trait]
pub trait Images: Send + Sync {
    /// Records an image that is not deleted and whose blobs are in place. If the tenant has an image
    /// of the same digest, that one is returned, restored if it was deleted, and the caller then
    /// deletes its own blobs.
    ///
    /// `CatalogueError::NotFound` if there is no such tenant,
    /// `CatalogueError::QuotaExceeded` if the tenant's counted bytes would be more than `quota`.
    async fn insert_image(
        &self,
        tenant: &TenantId,
        image: &ImageRecord,
        quota: Option<u64>,
    ) -> Result<Inserted>;

    /// The image of that id in that tenant, unless it is deleted.
    async fn find_image(&self, tenant: &TenantId, id: &ImageId) -> Result<Option<ImageRecord>> {
        let found = self.find_recorded(tenant, id).await?;
        Ok(found.filter(|record| record.deleted_at.is_none()))
    }

    /// The image of that id in that tenant, deleted or not.
    async fn find_recorded(&self, tenant: &TenantId, id: &ImageId) -> Result<Option<ImageRecord>>;

    /// Whether anything is recorded under that id, deleted images included: if so, its blobs must
    /// stay.
    async fn is_recorded(&self, tenant: &TenantId, id: &ImageId) -> Result<bool>;

    /// The image with these bytes in that tenant, deleted or not: lets an upload skip the work of
    /// decoding.
    async fn find_by_digest(
        &self,
        tenant: &TenantId,
        digest: &Digest,
    ) -> Result<Option<ImageRecord>>;

    /// Changes title or tags, and returns the image as it is now.
    /// `CatalogueError::NotFound` if there is no such image.
    async fn edit_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        edit: &ImageEdit,
    ) -> Result<ImageRecord>;

    /// Deletes an image so that it can be restored: it leaves lists, tags, albums' counts and
    /// searches, keeps its place in them for later, and its bytes go on counting.
    /// `CatalogueError::NotFound` if there is no such image, or it is deleted already.
    async fn delete_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        now: OffsetDateTime,
    ) -> Result<ImageRecord>;

    /// Takes a deletion back: the image is where it was. One that is not deleted is returned as
    /// it is. `CatalogueError::NotFound` if nothing is recorded under the id.
    async fn restore_image(&self, tenant: &TenantId, id: &ImageId) -> Result<ImageRecord>;

    /// Forgets a deleted image for good; its blobs are to be deleted *after* this.
    /// `CatalogueError::NotFound` if there is no deleted image of that id.
    async fn purge_image(&self, tenant: &TenantId, id: &ImageId) -> Result<()>;

    /// Forgets, for good, some of the images that were deleted before a time, of any tenant: at
    /// most 100. Their blobs are to be deleted *after* this. Empty when there are none.
    async fn purge_deleted_before(&self, time: OffsetDateTime) -> Result<Vec<(TenantId, ImageId)>>;

    /// Ids of all of the tenant's images, deleted ones included.
    async fn image_ids(&self, tenant: &TenantId) -> Result<Vec<ImageId>>;

    /// One page of a tenant's images.
    async fn list_images(&self, tenant: &TenantId, query: &ImageQuery) -> Result<Page>;

    /// The place of an image in the lists of those that are not deleted, by their arrival: what comes
    /// after it is the next one, in either direction. `None` if there is no such image, or it is deleted.
    async fn place_of(&self, tenant: &TenantId, id: &ImageId) -> Result<Option<Cursor>>;

    /// Tags of the tenant's images that begin with `prefix`, whatever its case, the most used
    /// first, and of the equally used ones in the order of their characters; at most `limit`.
    async fn tags(&self, tenant: &TenantId, prefix: &str, limit: usize) -> Result<Vec<TagCount>>;
}
