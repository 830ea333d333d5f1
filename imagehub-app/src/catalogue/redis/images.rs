//! Images, newest first.

use std::collections::HashMap;

use imagehub_policy::{TenantId, Username};

use super::super::moment::{from_millis, to_millis};
use super::super::stored::{joined, parsed, search_text, split};
use super::super::{
    CatalogueError, Cursor, Digest, ImageEdit, ImageId, ImageQuery, ImageRecord, Inserted,
    MediaType, NewImage, Page, Placeholder, Title,
};
use super::{RedisCatalogue, keys, refusal, scripts};

/// How often a change is tried anew because another one came between reading and writing.
const ATTEMPTS: usize = 32;

/// Images looked at in one round trip when a list is filtered by text.
const SEARCH_BATCH: usize = 200;

impl RedisCatalogue {
    pub(super) async fn add_image(&self, new: &NewImage) -> Result<Inserted, CatalogueError> {
        for _ in 0..ATTEMPTS {
            let id = self.add_or_find(new).await?;
            // Somebody may delete it before it is read; then these bytes are new once more.
            if let Some(record) = self.image(&new.tenant, &id).await? {
                return Ok(if id == new.id {
                    Inserted::New(record)
                } else {
                    Inserted::Duplicate(record)
                });
            }
        }
        Err(contended())
    }

    async fn add_or_find(&self, new: &NewImage) -> Result<ImageId, CatalogueError> {
        let script = &scripts::INSERT_IMAGE;
        let mut insert = script.prepare_invoke();
        insert
            .key(keys::tenant(new.tenant.as_str()))
            .key(keys::digests(&new.tenant))
            .key(keys::ordinal(&new.tenant))
            .key(keys::images(&new.tenant))
            .key(keys::image(&new.tenant, &new.id));
        for tag in new.tags.iter() {
            insert.key(keys::tag(&new.tenant, tag.as_str()));
        }
        insert.arg(new.digest.hex()).arg(new.id.as_str());
        let fields = [
            ("digest", new.digest.hex()),
            ("media_type", new.media_type.as_str().to_owned()),
            ("bytes", new.bytes.to_string()),
            ("width", new.width.to_string()),
            ("height", new.height.to_string()),
            ("thumbnail_type", new.thumbnail_type.as_str().to_owned()),
            ("title", new.title.as_str().to_owned()),
            ("tags", joined(&new.tags)),
            ("uploaded_by", new.uploaded_by.to_string()),
            ("uploaded_at", to_millis(new.uploaded_at).to_string()),
        ];
        for (field, value) in &fields {
            insert.arg(field).arg(value);
        }
        let answer: String = self.connection.script(&insert).await?;
        ImageId::parse(&answer).map_err(|_| refusal(&answer))
    }

    pub(super) async fn image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<Option<ImageRecord>, CatalogueError> {
        let fields: HashMap<String, String> = self
            .connection
            .command(redis::cmd("HGETALL").arg(keys::image(tenant, id)))
            .await?;
        read_record(id, &fields)
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
            Some(id) => self.image(tenant, &parsed(&id, ImageId::parse)?).await,
            None => Ok(None),
        }
    }

    pub(super) async fn page(
        &self,
        tenant: &TenantId,
        query: &ImageQuery,
    ) -> Result<Page, CatalogueError> {
        let limit = query.page_size();
        let text = query.text.as_ref().map(|text| text.to_lowercase());
        let key = match &query.tag {
            Some(tag) => keys::tag(tenant, tag.as_str()),
            None => keys::images(tenant),
        };
        // One more than the page, to know whether there is a next one.
        let batch = if text.is_some() {
            SEARCH_BATCH
        } else {
            limit + 1
        };
        let mut before = query.after;
        let mut images: Vec<ImageRecord> = Vec::new();
        let mut last = None;
        loop {
            let found = self.batch(tenant, &key, before, batch).await?;
            let whole = found.len() == batch;
            for (ordinal, record) in found {
                before = Some(Cursor(ordinal));
                let Some(record) = record.filter(|record| matches(record, text.as_deref())) else {
                    continue;
                };
                if images.len() == limit {
                    return Ok(Page { images, next: last });
                }
                images.push(record);
                last = before;
            }
            if !whole {
                return Ok(Page { images, next: None });
            }
        }
    }

    async fn batch(
        &self,
        tenant: &TenantId,
        key: &str,
        before: Option<Cursor>,
        size: usize,
    ) -> Result<Vec<(i64, Option<ImageRecord>)>, CatalogueError> {
        let newest = before.map_or("+inf".to_owned(), |Cursor(ordinal)| format!("({ordinal}"));
        let ids: Vec<(String, i64)> = self
            .connection
            .command(
                redis::cmd("ZRANGE")
                    .arg(key)
                    .arg(newest)
                    .arg("-inf")
                    .arg(&["BYSCORE", "REV", "LIMIT", "0"])
                    .arg(size)
                    .arg("WITHSCORES"),
            )
            .await?;
        let mut ask = redis::pipe();
        let mut places = Vec::with_capacity(ids.len());
        for (id, ordinal) in ids {
            let id = parsed(&id, ImageId::parse)?;
            ask.hgetall(keys::image(tenant, &id));
            places.push((id, ordinal));
        }
        let records: Vec<HashMap<String, String>> = self.connection.pipeline(&ask).await?;
        places
            .into_iter()
            .zip(records)
            .map(|((id, ordinal), fields)| Ok((ordinal, read_record(&id, &fields)?)))
            .collect()
    }

    pub(super) async fn change_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
        edit: &ImageEdit,
    ) -> Result<ImageRecord, CatalogueError> {
        for _ in 0..ATTEMPTS {
            let stored = self.image(tenant, id).await?;
            let stored = stored.ok_or(CatalogueError::NotFound)?;
            let mut wanted = stored.clone();
            wanted.title = edit.title.clone().unwrap_or(wanted.title);
            wanted.tags = edit.tags.clone().unwrap_or(wanted.tags);

            let script = &scripts::EDIT_IMAGE;
            let mut change = script.prepare_invoke();
            change
                .key(keys::images(tenant))
                .key(keys::image(tenant, id));
            for tag in stored.tags.iter().chain(wanted.tags.iter()) {
                change.key(keys::tag(tenant, tag.as_str()));
            }
            change
                .arg(id.as_str())
                .arg(stored.tags.iter().count())
                .arg(joined(&stored.tags))
                .arg(stored.title.as_str())
                .arg("title")
                .arg(wanted.title.as_str())
                .arg("tags")
                .arg(joined(&wanted.tags));
            match self.connection.script::<String>(&change).await?.as_str() {
                "done" => return Ok(wanted),
                "changed_meanwhile" => {}
                other => return Err(refusal(other)),
            }
        }
        Err(contended())
    }

    pub(super) async fn remove_image(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<ImageRecord, CatalogueError> {
        for _ in 0..ATTEMPTS {
            let stored = self.image(tenant, id).await?;
            let stored = stored.ok_or(CatalogueError::NotFound)?;
            let script = &scripts::DELETE_IMAGE;
            let mut delete = script.prepare_invoke();
            delete
                .key(keys::images(tenant))
                .key(keys::image(tenant, id))
                .key(keys::digests(tenant));
            for tag in stored.tags.iter() {
                delete.key(keys::tag(tenant, tag.as_str()));
            }
            delete
                .arg(id.as_str())
                .arg(joined(&stored.tags))
                .arg(stored.digest.hex());
            match self.connection.script::<String>(&delete).await?.as_str() {
                "done" => return Ok(stored),
                "changed_meanwhile" => {}
                other => return Err(refusal(other)),
            }
        }
        Err(contended())
    }
}

fn matches(record: &ImageRecord, text: Option<&str>) -> bool {
    text.is_none_or(|text| {
        let uploaded_by = record.uploaded_by.as_str();
        search_text(record.title.as_str(), &record.tags, uploaded_by).contains(text)
    })
}

fn read_record(
    id: &ImageId,
    fields: &HashMap<String, String>,
) -> Result<Option<ImageRecord>, CatalogueError> {
    if fields.is_empty() {
        return Ok(None);
    }
    let damaged = |name: &str| CatalogueError::Damaged(format!("image {id}: {name}"));
    let text = |name: &str| {
        let value = fields.get(name).map(String::as_str);
        value.ok_or_else(|| damaged(name))
    };
    let side = |name: &str| text(name)?.parse().map_err(|_| damaged(name));
    let media_type = |name: &str| MediaType::parse(text(name)?).ok_or_else(|| damaged(name));
    let millis = text("uploaded_at")?.parse();
    Ok(Some(ImageRecord {
        id: id.clone(),
        digest: Digest::from_hex(text("digest")?).ok_or_else(|| damaged("digest"))?,
        media_type: media_type("media_type")?,
        bytes: text("bytes")?.parse().map_err(|_| damaged("bytes"))?,
        width: side("width")?,
        height: side("height")?,
        thumbnail_type: media_type("thumbnail_type")?,
        title: parsed(text("title")?, Title::parse)?,
        tags: split(text("tags")?)?,
        uploaded_by: parsed(text("uploaded_by")?, Username::parse)?,
        uploaded_at: from_millis(millis.map_err(|_| damaged("uploaded_at"))?)?,
        placeholder: Placeholder::default(),
        deleted_at: None,
    }))
}

fn contended() -> CatalogueError {
    CatalogueError::Unavailable("too many changes to one image at once".to_owned())
}
