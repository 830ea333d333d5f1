//! Pages of images.

use imagehub_policy::TenantId;

use super::super::stored::{folded, parsed};
use super::super::{CatalogueError, Cursor, ImageId, ImageQuery, ImageRecord, Order, Page, Tag};
use super::image_record::{self, Fields};
use super::{RedisCatalogue, keys, scripts};

/// Images looked at by one script when a list is filtered: a few milliseconds' work, so that
/// others are served in between.
const SCAN_BATCH: usize = 1_000;

/// The images to go through in their order, and what is asked of each.
struct Scan {
    set: String,
    also_in: Option<String>,
    tag: Option<Tag>,
    text: Option<String>,
    order: Order,
}

impl RedisCatalogue {
    pub(super) async fn page(
        &self,
        tenant: &TenantId,
        query: &ImageQuery,
    ) -> Result<Page, CatalogueError> {
        let limit = query.page_size();
        let scan = self.scan(tenant, query).await?;
        let mut after = query.after;
        let mut images: Vec<(i64, ImageRecord)> = Vec::new();
        // One more than the page, to know whether there is a next one.
        while images.len() <= limit {
            let wanted = limit + 1 - images.len();
            let (found, last) = self.scan_on(tenant, &scan, after, wanted).await?;
            images.extend(found);
            after = last;
            if after.is_none() {
                break;
            }
        }
        let more = images.len() > limit;
        images.truncate(limit);
        let end = images.last().map(|(ordinal, _)| Cursor(*ordinal));
        Ok(Page {
            images: images.into_iter().map(|(_, record)| record).collect(),
            next: end.filter(|_| more),
        })
    }

    /// Where an image is that is not deleted.
    pub(super) async fn place(
        &self,
        tenant: &TenantId,
        id: &ImageId,
    ) -> Result<Option<Cursor>, CatalogueError> {
        let mut ask = redis::cmd("ZSCORE");
        ask.arg(keys::images(tenant)).arg(id.as_str());
        let ordinal: Option<i64> = self.connection.command(&ask).await?;
        Ok(ordinal.map(Cursor))
    }

    /// The shortest way to the images asked for.
    async fn scan(&self, tenant: &TenantId, query: &ImageQuery) -> Result<Scan, CatalogueError> {
        let mut scan = Scan {
            set: keys::images(tenant),
            also_in: None,
            tag: query.tag.clone(),
            text: query.text.as_deref().map(folded),
            order: query.order,
        };
        match (&query.album, &query.tag) {
            (Some(album), _) if query.deleted => scan.set = keys::album_deleted(tenant, album),
            (None, _) if query.deleted => scan.set = keys::deleted(tenant),
            (Some(album), None) => scan.set = keys::album_images(tenant, album),
            (None, Some(tag)) => {
                scan.set = keys::tag(tenant, tag.as_str());
                scan.tag = None;
            }
            (Some(album), Some(tag)) => {
                let (short, long) = self
                    .by_length(
                        keys::album_images(tenant, album),
                        keys::tag(tenant, tag.as_str()),
                    )
                    .await?;
                (scan.set, scan.also_in, scan.tag) = (short, Some(long), None);
            }
            (None, None) => {}
        }
        Ok(scan)
    }

    /// Two sorted sets, the shorter one first.
    async fn by_length(&self, a: String, b: String) -> Result<(String, String), CatalogueError> {
        let mut ask = redis::pipe();
        ask.zcard(&a).zcard(&b);
        let (of_a, of_b): (u64, u64) = self.connection.pipeline(&ask).await?;
        Ok(if of_a <= of_b { (a, b) } else { (b, a) })
    }

    /// Images that fit, at most `wanted`, with their ordinals; and where to go on, if anywhere.
    async fn scan_on(
        &self,
        tenant: &TenantId,
        scan: &Scan,
        after: Option<Cursor>,
        wanted: usize,
    ) -> Result<(Vec<(i64, ImageRecord)>, Option<Cursor>), CatalogueError> {
        let filtered = scan.also_in.is_some() || scan.tag.is_some() || scan.text.is_some();
        let (order, first) = match scan.order {
            Order::Newest => ("newest", "+inf"),
            Order::Oldest => ("oldest", "-inf"),
        };
        let script = &scripts::LIST_IMAGES;
        let mut list = script.prepare_invoke();
        list.arg(tenant.as_str())
            .arg(&scan.set)
            .arg(order)
            .arg(after.map_or(first.to_owned(), |Cursor(ordinal)| format!("({ordinal}")))
            .arg(if filtered { SCAN_BATCH } else { wanted })
            .arg(wanted)
            .arg(scan.tag.as_ref().map_or("", Tag::as_str))
            .arg(scan.text.as_deref().unwrap_or(""))
            .arg(scan.also_in.as_deref().unwrap_or(""));
        let (found, last, more): (Vec<(String, i64, Fields)>, String, bool) =
            self.connection.script(&list).await?;
        let mut images = Vec::with_capacity(found.len());
        for (id, ordinal, fields) in found {
            let id = parsed(&id, ImageId::parse)?;
            if let Some(record) = image_record::read(&id, &fields)? {
                images.push((ordinal, record));
            }
        }
        let last = match more {
            true => Some(Cursor(parsed(&last, str::parse)?)),
            false => None,
        };
        Ok((images, last))
    }
}
