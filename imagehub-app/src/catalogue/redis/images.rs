//! Images.

use std::cmp::Reverse;

use async_trait::async_trait;
use imagehub_policy::TenantId;
use time::OffsetDateTime;

use super::super::codec::{edited, joined, parsed, search_text};
use super::super::{CatalogueError, Cursor, ImageQuery, Images, Inserted, Page, Result};
use super::image_record::{self, Fields};
use super::listing::{self, BLOCK};
use super::{RedisCatalogue, keys, refusal, scripts, tags};
use crate::domain::texts::folded;
use crate::domain::timestamp::to_millis;
use crate::domain::{Digest, ImageEdit, ImageId, ImageRecord, TagCount};

/// How often a change is tried anew because another one came between reading and writing.
const ATTEMPTS: usize = 32;

/// Images that are forgotten at once, by one script.
const PURGE_BATCH: usize = 100;

#[async_trait]
impl Images for RedisCatalogue {
    async fn insert_image(
        &self,
        tenant: &TenantId,
        image: &ImageRecord,
        quota: Option<u64>,
    ) -> Result<Inserted> {
        let mut insert = scripts::INSERT_IMAGE.prepare_invoke();
        insert
            .arg(tenant.as_str())
            .arg(image.id.as_str())
            .arg(image.digest.hex())
            .arg(quota.map_or_else(String::new, |bytes| bytes.to_string()))
            .arg(image.bytes)
            .arg(search_text(image));
        for (field, value) in image_record::write(image) {
            insert.arg(field).arg(value);
        }
        let (outcome, subject, fields): (String, String, Fields) = self.script(&insert).await?;
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

    async fn find_recorded(&self, tenant: &TenantId, id: &ImageId) -> Result<Option<ImageRecord>> {
        image_record::read(id, &self.stored_image(tenant, id).await?)
    }

    async fn is_recorded(&self, tenant: &TenantId, id: &ImageId) -> Result<bool> {
        let mut ask = redis::pipe();
        ask.zscore(keys::images(tenant), id.as_str());
        ask.zscore(keys::deleted(tenant), id.as_str());
        let places: (Option<f64>, Option<f64>) = self.pipeline(ask.atomic()).await?;
        Ok(places.0.is_some() || places.1.is_some())
    }

    async fn find_by_digest(
        &self,
        tenant: &TenantId,
        digest: &Digest,
    ) -> Result<Option<ImageRecord>> {
        let id: Option<String> = self
            .command(
                redis::cmd("HGET")
                    .arg(keys::digests(tenant))
                    .arg(digest.hex()),
            )
            .await?;
        match id {
            Some(id) => {
                self.find_recorded(tenant, &parsed(&id, ImageId::parse)?)
                    .await
            }
            None => Ok(None),
        }
    }

    async fn edit_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        edit: &ImageEdit,
    ) -> Result<ImageRecord> {
        for _ in 0..ATTEMPTS {
            let fields = self.stored_image(tenant, id).await?;
            let stored = image_record::read(id, &fields)?;
            let stored = stored.filter(|record| record.deleted_at.is_none());
            let stored = stored.ok_or(CatalogueError::NotFound)?;
            let as_stored = |name: &str| fields.get(name).map_or("", String::as_str);
            let mut wanted = stored.clone();
            (wanted.title, wanted.tags) = edited(&stored, edit)?;

            let tags = joined(&wanted.tags);
            let answer: String = self
                .script(
                    scripts::EDIT_IMAGE
                        .arg(tenant.as_str())
                        .arg(id.as_str())
                        .arg(as_stored("tags"))
                        .arg(as_stored("title"))
                        .arg(&tags)
                        .arg(folded(&tags))
                        .arg(wanted.title.as_str())
                        .arg(search_text(&wanted)),
                )
                .await?;
            match answer.as_str() {
                "done" => return Ok(wanted),
                "changed_meanwhile" => {}
                other => return Err(refusal(other)),
            }
        }
        Err(CatalogueError::Unavailable(
            "too many changes to one image at once".to_owned(),
        ))
    }

    async fn delete_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        now: OffsetDateTime,
    ) -> Result<ImageRecord> {
        let restorable = self
            .script(
                scripts::DELETE_IMAGE
                    .arg(tenant.as_str())
                    .arg(id.as_str())
                    .arg(to_millis(now)),
            )
            .await?;
        found(id, &restorable)
    }

    async fn restore_image(&self, tenant: &TenantId, id: &ImageId) -> Result<ImageRecord> {
        let restored = self
            .script(scripts::RESTORE_IMAGE.arg(tenant.as_str()).arg(id.as_str()))
            .await?;
        found(id, &restored)
    }

    async fn purge_image(&self, tenant: &TenantId, id: &ImageId) -> Result<()> {
        self.change(scripts::PURGE_IMAGE.arg(tenant.as_str()).arg(id.as_str()))
            .await
    }

    async fn purge_deleted_before(&self, time: OffsetDateTime) -> Result<Vec<(TenantId, ImageId)>> {
        self.finish_forgetting().await?;
        let gone: Vec<String> = self
            .script(
                scripts::PURGE_DELETED_BEFORE
                    .arg(to_millis(time))
                    .arg(PURGE_BATCH),
            )
            .await?;
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

    async fn image_ids(&self, tenant: &TenantId) -> Result<Vec<ImageId>> {
        let mut ask = redis::pipe();
        ask.zrange(keys::images(tenant), 0, -1);
        ask.zrange(keys::deleted(tenant), 0, -1);
        let (kept, deleted): (Vec<String>, Vec<String>) = self.pipeline(ask.atomic()).await?;
        let ids = kept.iter().chain(&deleted);
        ids.map(|id| parsed(id, ImageId::parse)).collect()
    }

    async fn list_images(&self, tenant: &TenantId, query: &ImageQuery) -> Result<Page> {
        let way = listing::way(tenant, query);
        let _turn = match way.1.is_empty() {
            true => None,
            false => Some(self.searching.turn(tenant).await),
        };
        // One more than the page, to know whether there is a next one.
        let enough = query.page_size() + 1;
        let (mut found, mut after, mut size) = (Vec::new(), query.after, enough);
        loop {
            let (last, places) = self.block(tenant, &way, query.order, after, size).await?;
            after = last;
            for some in places.chunks(enough) {
                found.extend(self.records(tenant, query, some).await?);
                if found.len() >= enough {
                    found.truncate(query.page_size());
                    let next = found.last().map(|(place, _)| *place);
                    return Ok(listing::page(found, next));
                }
            }
            if after.is_none() {
                return Ok(listing::page(found, None));
            }
            size = BLOCK;
        }
    }

    async fn place_of(&self, tenant: &TenantId, id: &ImageId) -> Result<Option<Cursor>> {
        let mut ask = redis::cmd("ZSCORE");
        ask.arg(keys::images(tenant)).arg(id.as_str());
        let ordinal: Option<i64> = self.command(&ask).await?;
        Ok(ordinal.map(Cursor))
    }

    async fn tags(&self, tenant: &TenantId, prefix: &str, limit: usize) -> Result<Vec<TagCount>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let prefix = folded(prefix.trim_start());
        if prefix.is_empty() {
            let used: Vec<(String, i64)> = self
                .command(
                    redis::cmd("ZRANGE")
                        .arg(keys::tags(tenant))
                        .arg(0)
                        .arg(limit - 1)
                        .arg("WITHSCORES"),
                )
                .await?;
            return used
                .iter()
                .map(|(tag, score)| tags::read(tag, *score))
                .collect();
        }
        let mut begun = self.tags_beginning_with(tenant, &prefix).await?;
        begun.sort_by(|a, b| (Reverse(a.images), &a.tag).cmp(&(Reverse(b.images), &b.tag)));
        begun.truncate(limit);
        Ok(begun)
    }
}

impl RedisCatalogue {
    /// An image's fields; none if there is no such image.
    async fn stored_image(&self, tenant: &TenantId, id: &ImageId) -> Result<Fields> {
        self.script(scripts::FIND_IMAGE.arg(tenant.as_str()).arg(id.as_str()))
            .await
    }
}

fn found(id: &ImageId, fields: &Fields) -> Result<ImageRecord> {
    image_record::read(id, fields)?.ok_or(CatalogueError::NotFound)
}
