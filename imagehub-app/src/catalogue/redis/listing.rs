//! Pages of images.

use imagehub_policy::TenantId;

use super::super::image::MOST_LOOKED_AT;
use super::super::search::{Term, pieces_of_query};
use super::super::stored::parsed;
use super::super::{CatalogueError, Cursor, ImageId, ImageQuery, ImageRecord, Order, Page, Tag};
use super::image_record::{self, Fields};
use super::search::Blocks;
use super::{RedisCatalogue, keys, scripts};

/// Images looked at by one script when a list is filtered: a few milliseconds' work, so that
/// others are served in between.
const SCAN_BATCH: usize = 1_000;

/// Ranges of ordinals gone through by one script.
const RANGES: usize = 100;

/// Sets of images up to this size are gone through whatever is searched in them: all of such a
/// set is looked at in one call.
const SMALL: u64 = 1_000;

/// The images to go through in their order, and what is asked of each.
struct Scan {
    set: String,
    also_in: Option<String>,
    tag: Option<Tag>,
    text: Option<String>,
    order: Order,
    blocks: Blocks,
}

impl Scan {
    /// Whether some of the set's images are not asked for.
    fn is_filtered(&self) -> bool {
        self.also_in.is_some() || self.tag.is_some() || self.text.is_some()
    }
}

/// What a script did of a scan.
struct Scanned {
    images: Vec<(i64, ImageRecord)>,
    looked_at: usize,
    /// Where it stopped, before the end of its ranges.
    stopped: Option<Cursor>,
}

impl RedisCatalogue {
    pub(super) async fn page(
        &self,
        tenant: &TenantId,
        query: &ImageQuery,
    ) -> Result<Page, CatalogueError> {
        let limit = query.page_size();
        let scan = self.scan(tenant, query).await?;
        let mut budget = MOST_LOOKED_AT;
        let (mut images, mut place) = (Vec::new(), query.after);
        // One more than the page, to know whether there is a next one.
        while images.len() <= limit {
            let ranges = scan.blocks.ranges(scan.order, place);
            let ranges = &ranges[..ranges.len().min(RANGES)];
            let Some((_, end)) = ranges.last() else {
                return Ok(page(images, None));
            };
            if budget == 0 {
                return Ok(page(images, place));
            }
            let wanted = limit + 1 - images.len();
            let most = if scan.is_filtered() {
                SCAN_BATCH.min(budget)
            } else {
                wanted
            };
            let scanned = self.scan_on(tenant, &scan, ranges, most, wanted).await?;
            images.extend(scanned.images);
            budget = budget.saturating_sub(scanned.looked_at + ranges.len());
            place = scanned.stopped.or(Some(Cursor(*end)));
        }
        images.truncate(limit);
        let end = images.last().map(|(ordinal, _)| Cursor(*ordinal));
        Ok(page(images, end))
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
            text: query.folded_text(),
            order: query.order,
            blocks: Blocks::All,
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
                scan.set = keys::album_images(tenant, album);
                scan.also_in = Some(keys::tag(tenant, tag.as_str()));
                scan.tag = None;
            }
            (None, None) => {}
        }
        if scan.is_filtered() {
            self.shorten(tenant, query, &mut scan).await?;
        }
        Ok(scan)
    }

    /// Goes through the shorter of two sets; and if that is not small, only through the blocks
    /// where what is asked for may be found.
    async fn shorten(
        &self,
        tenant: &TenantId,
        query: &ImageQuery,
        scan: &mut Scan,
    ) -> Result<(), CatalogueError> {
        let pieces = pieces_of_query(tenant, query).into_iter();
        let album = query.album.as_ref().map(|id| Term::album(tenant, id));
        let terms = pieces.map(|piece| piece.term).chain(album);
        let terms: Vec<[u8; 2]> = terms.map(Term::short).collect();

        let mut ask = redis::pipe();
        ask.zcard(&scan.set)
            .zcard(scan.also_in.as_ref().unwrap_or(&scan.set))
            .cmd("HMGET")
            .arg(keys::search(tenant));
        for term in &terms {
            ask.arg(term);
        }
        let (of_set, of_other, stored): (u64, u64, Vec<Option<Vec<u8>>>) =
            self.connection.pipeline(&ask).await?;
        if of_other < of_set
            && let Some(other) = &mut scan.also_in
        {
            std::mem::swap(&mut scan.set, other);
        }
        if of_set.min(of_other) > SMALL {
            scan.blocks = Blocks::in_all(stored);
        }
        Ok(())
    }

    /// Images in these ranges that fit, at most `wanted`, out of at most so many looked at.
    async fn scan_on(
        &self,
        tenant: &TenantId,
        scan: &Scan,
        ranges: &[(i64, i64)],
        most: usize,
        wanted: usize,
    ) -> Result<Scanned, CatalogueError> {
        let script = &scripts::LIST_IMAGES;
        let mut list = script.prepare_invoke();
        list.arg(tenant.as_str())
            .arg(&scan.set)
            .arg(match scan.order {
                Order::Newest => "newest",
                Order::Oldest => "oldest",
            })
            .arg(most)
            .arg(wanted)
            .arg(scan.tag.as_ref().map_or("", Tag::as_str))
            .arg(scan.text.as_deref().unwrap_or(""))
            .arg(scan.also_in.as_deref().unwrap_or(""));
        for (first, last) in ranges {
            list.arg(*first).arg(*last);
        }
        let (found, looked_at, stopped): (Vec<(String, i64, Fields)>, usize, String) =
            self.connection.script(&list).await?;
        let mut images = Vec::with_capacity(found.len());
        for (id, ordinal, fields) in found {
            let id = parsed(&id, ImageId::parse)?;
            if let Some(record) = image_record::read(&id, &fields)? {
                images.push((ordinal, record));
            }
        }
        let stopped = match stopped.as_str() {
            "" => None,
            ordinal => Some(Cursor(parsed(ordinal, str::parse)?)),
        };
        Ok(Scanned {
            images,
            looked_at,
            stopped,
        })
    }
}

fn page(images: Vec<(i64, ImageRecord)>, next: Option<Cursor>) -> Page {
    Page {
        images: images.into_iter().map(|(_, record)| record).collect(),
        next,
    }
}
