//! What lists of images are made of. A search has no index: it reads the texts of a set of images,
//! block by block, until its page is full.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use imagehub_policy::TenantId;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::super::codec::{parsed, tag_line};
use super::super::{Cursor, ImageQuery, Order, Page, Result};
use super::image_record::{self, Fields};
use super::{RedisCatalogue, keys, scripts};
use crate::domain::{ImageId, ImageRecord};

/// Texts that a search reads at a time: less than a millisecond of the thread that serves everybody.
pub(super) const BLOCK: usize = 250;

/// Id of an image and its score in the set.
pub(super) type Place = (String, i64);

/// The tenants that search now.
#[derive(Default)]
pub(super) struct Searching(StdMutex<HashMap<TenantId, Arc<Mutex<()>>>>);

impl Searching {
    /// Waits until no other search of the tenant is under way in this process.
    pub(super) async fn turn(&self, tenant: &TenantId) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(turns.entry(tenant.clone()).or_default())
        };
        turn.lock_owned().await
    }
}

impl RedisCatalogue {
    /// The next of a set's places, those whose text has all of the pieces; and after which one to
    /// go on, if there may be more.
    pub(super) async fn block(
        &self,
        tenant: &TenantId,
        (set, pieces): &(String, Vec<String>),
        order: Order,
        after: Option<Cursor>,
        size: usize,
    ) -> Result<(Option<Cursor>, Vec<Place>)> {
        let newest_first = order.is_newest_first();
        let begin = match (after, newest_first) {
            (Some(Cursor(place)), _) => format!("({place}"),
            (None, true) => "+inf".to_owned(),
            (None, false) => "-inf".to_owned(),
        };
        let mut read = scripts::READ_BLOCK.arg(tenant.as_str());
        read.arg(set).arg(begin).arg(newest_first).arg(size);
        read.arg(pieces);
        let (last, places): (Option<i64>, Vec<Place>) = self.script(&read).await?;
        Ok((last.map(Cursor), places))
    }

    /// The records at these places, but for those that changed meanwhile or lack the tag.
    pub(super) async fn records(
        &self,
        tenant: &TenantId,
        query: &ImageQuery,
        places: &[Place],
    ) -> Result<Vec<(Cursor, ImageRecord)>> {
        let mut ask = redis::pipe();
        for (id, _) in places {
            ask.hgetall(keys::image(tenant, id));
        }
        let stored: Vec<Fields> = self.pipeline(&ask).await?;
        let mut records = Vec::with_capacity(places.len());
        for ((id, place), fields) in places.iter().zip(&stored) {
            let record = image_record::read(&parsed(id, ImageId::parse)?, fields)?;
            records.extend(record.map(|record| (Cursor(*place), record)));
        }
        records.retain(|(_, record)| {
            let tag = query.tag.as_ref();
            record.deleted_at.is_some() == query.deleted
                && tag.is_none_or(|tag| record.tags.iter().any(|has| has == tag))
        });
        Ok(records)
    }
}

/// The sorted set that has the images asked for, and what those have in their text.
pub(super) fn way(tenant: &TenantId, query: &ImageQuery) -> (String, Vec<String>) {
    let mut pieces = Vec::from_iter(query.folded_text());
    let set = match (&query.album, &query.tag) {
        (None, Some(tag)) if !query.deleted => keys::tag(tenant, tag.as_str()),
        (Some(album), _) if query.deleted => keys::album_deleted(tenant, album),
        (Some(album), _) => keys::album_images(tenant, album),
        (None, _) if query.deleted => keys::deleted(tenant),
        (None, _) => keys::images(tenant),
    };
    if query.album.is_some() || query.deleted {
        pieces.extend(query.tag.as_ref().map(tag_line));
    }
    match query.order {
        Order::Taken => (keys::by_taken(set), pieces),
        Order::Newest | Order::Oldest => (set, pieces),
    }
}

pub(super) fn page(found: Vec<(Cursor, ImageRecord)>, next: Option<Cursor>) -> Page {
    Page {
        images: found.into_iter().map(|(_, record)| record).collect(),
        next,
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_tenant_searches_once_at_a_time() {
        let [ada, bob] = ["ada", "bob"].map(|name| TenantId::parse(name).unwrap());
        let searching = Searching::default();
        let first = searching.turn(&ada).await;
        assert!(searching.turn(&ada).now_or_never().is_none());
        assert!(searching.turn(&bob).now_or_never().is_some());
        drop(first);
        assert!(searching.turn(&ada).now_or_never().is_some());
    }
}
