//! Recording, finding, editing and forgetting images.

use imagehub_policy::TenantId;
use time::OffsetDateTime;

use super::super::codec::{edited, joined, parsed, search_text};
use super::super::{CatalogueError, Inserted};
use super::image_record::{self, Fields};
use super::{RedisCatalogue, done, keys, refusal, scripts};
use crate::domain::texts::folded;
use crate::domain::timestamp::to_millis;
use crate::domain::{Digest, ImageEdit, ImageId, ImageRecord, NewImage, Usage};

/// How often a change is tried anew because another one came between reading and writing.
const ATTEMPTS: usize = 32;

/// Images that are forgotten at once, by one script.
const PURGE_BATCH: usize = 100;

impl RedisCatalogue {
    pub(super) async fn add_image(
        &self,
        new: &NewImage,
        quota: Option<u64>,
    ) -> Result<Inserted, CatalogueError> {
        let script = &scripts::INSERT_IMAGE;
        let mut insert = script.prepare_invoke();
        insert
            .arg(new.tenant.as_str())
            .arg(new.id.as_str())
            .arg(new.digest.hex())
            .arg(quota.map_or_else(String::new, |bytes| bytes.to_string()))
            .arg(new.bytes);
        let image = new.clone().into();
        insert.arg(search_text(&image));
        for (field, value) in image_record::write(&image) {
            insert.arg(field).arg(value);
        }
        let (outcome, subject, fields): (String, String, Fields) =
            self.connection.script(&insert).await?;
        if outcome == "quota_exceeded" {
            return Err(CatalogueError::QuotaExceeded {
                used: parsed(&subject, str::parse)?,
                quota: quota.unwrap_or(u64::MAX),
            });
        }
        let made: fn(ImageRecord) -> Inserted = match outcome.as_str() {
            "new" => Inserted::New,
            "duplicate" => Inserted::Duplicate,
            "restored" => Inserted::Restored,
            other => return Err(refusal(other)),
        };
        let id = parsed(&subject, ImageId::parse)?;
        Ok(made(found(&id, &fields)?))
    }

    /// The image of that id, deleted or not.
    pub(super) async fn recorded_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<Option<ImageRecord>, CatalogueError> {
        image_record::read(id, &self.stored_image(tenant, id).await?)
    }

    /// An image's fields; none if there is no such image.
    async fn stored_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<Fields, CatalogueError> {
        let script = &scripts::FIND_IMAGE;
        let mut find = script.prepare_invoke();
        find.arg(tenant.as_str()).arg(id.as_str());
        self.connection.script(&find).await
    }

    pub(super) async fn image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<Option<ImageRecord>, CatalogueError> {
        let recorded = self.recorded_image(tenant, id).await?;
        Ok(recorded.filter(|record| record.deleted_at.is_none()))
    }

    pub(super) async fn is_indexed(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<bool, CatalogueError> {
        let mut ask = redis::pipe();
        ask.zscore(keys::images(tenant), id.as_str());
        ask.zscore(keys::deleted(tenant), id.as_str());
        let places: (Option<f64>, Option<f64>) = self.connection.pipeline(ask.atomic()).await?;
        Ok(places.0.is_some() || places.1.is_some())
    }

    pub(super) async fn image_of_digest(
        &self,
        tenant: &TenantId,
        digest: &Digest,
    ) -> Result<Option<ImageRecord>, CatalogueError> {
        let id: Option<String> = self
            .connection
            .command(
                redis::cmd("HGET")
                    .arg(keys::digests(tenant))
                    .arg(digest.hex()),
            )
            .await?;
        match id {
            Some(id) => {
                self.recorded_image(tenant, &parsed(&id, ImageId::parse)?)
                    .await
            }
            None => Ok(None),
        }
    }

    pub(super) async fn counted(&self, tenant: &TenantId) -> Result<Usage, CatalogueError> {
        let counted: [Option<u64>; 4] = self
            .connection
            .command(redis::cmd("HMGET").arg(keys::usage(tenant)).arg(&[
                "images",
                "bytes",
                "deleted_images",
                "deleted_bytes",
            ]))
            .await?;
        let [images, bytes, deleted_images, deleted_bytes] = counted.map(Option::unwrap_or_default);
        Ok(Usage {
            images,
            bytes,
            deleted_images,
            deleted_bytes,
        })
    }

    pub(super) async fn change_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        edit: &ImageEdit,
    ) -> Result<ImageRecord, CatalogueError> {
        for _ in 0..ATTEMPTS {
            let fields = self.stored_image(tenant, id).await?;
            let stored = image_record::read(id, &fields)?;
            let stored = stored.filter(|record| record.deleted_at.is_none());
            let stored = stored.ok_or(CatalogueError::NotFound)?;
            let as_stored = |name: &str| fields.get(name).map_or("", String::as_str);
            let mut wanted = stored.clone();
            (wanted.title, wanted.tags) = edited(&stored, edit)?;

            let tags = joined(&wanted.tags);
            let script = &scripts::EDIT_IMAGE;
            let mut change = script.prepare_invoke();
            change
                .arg(tenant.as_str())
                .arg(id.as_str())
                .arg(as_stored("tags"))
                .arg(as_stored("title"))
                .arg(&tags)
                .arg(folded(&tags))
                .arg(wanted.title.as_str())
                .arg(search_text(&wanted));
            match self.connection.script::<String>(&change).await?.as_str() {
                "done" => return Ok(wanted),
                "changed_meanwhile" => {}
                other => return Err(refusal(other)),
            }
        }
        Err(CatalogueError::Unavailable(
            "too many changes to one image at once".to_owned(),
        ))
    }

    pub(super) async fn hide_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        now: OffsetDateTime,
    ) -> Result<ImageRecord, CatalogueError> {
        let script = &scripts::DELETE_IMAGE;
        let mut delete = script.prepare_invoke();
        delete
            .arg(tenant.as_str())
            .arg(id.as_str())
            .arg(to_millis(now));
        found(id, &self.connection.script(&delete).await?)
    }

    pub(super) async fn show_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<ImageRecord, CatalogueError> {
        let script = &scripts::RESTORE_IMAGE;
        let mut restore = script.prepare_invoke();
        restore.arg(tenant.as_str()).arg(id.as_str());
        found(id, &self.connection.script(&restore).await?)
    }

    pub(super) async fn forget_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<(), CatalogueError> {
        let script = &scripts::PURGE_IMAGE;
        let mut purge = script.prepare_invoke();
        purge.arg(tenant.as_str()).arg(id.as_str());
        done(&self.connection.script::<String>(&purge).await?)
    }

    pub(super) async fn forget_deleted_before(
        &self,
        time: OffsetDateTime,
    ) -> Result<Vec<(TenantId, ImageId)>, CatalogueError> {
        self.finish_forgetting().await?;
        let script = &scripts::PURGE_DELETED_BEFORE;
        let mut purge = script.prepare_invoke();
        purge.arg(to_millis(time)).arg(PURGE_BATCH);
        let gone: Vec<String> = self.connection.script(&purge).await?;
        gone.iter()
            .map(|place| {
                let (tenant, id) = place
                    .split_once(' ')
                    .ok_or_else(|| CatalogueError::Damaged(format!("deleted image {place:?}")))?;
                Ok((
                    parsed(tenant, TenantId::parse)?,
                    parsed(id, ImageId::parse)?,
                ))
            })
            .collect()
    }
}

fn found(id: &ImageId, fields: &Fields) -> Result<ImageRecord, CatalogueError> {
    image_record::read(id, fields)?.ok_or(CatalogueError::NotFound)
}
