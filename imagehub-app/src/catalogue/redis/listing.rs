//! What lists of images are made of. A search has no index: it reads the texts of a set of images,
//! block by block, until its page is full.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use imagehub_policy::TenantId;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::super::codec::{parsed, tag_line};
use super::super::{Cursor, ImageQuery, Order, Page, Result};
use super::image_record::{self, Fields};
use super::{RedisCatalogue, keys};
use crate::domain::{ImageId, ImageRecord};

/// Texts that a search reads at a time: less than a millisecond of the thread that serves everybody.
pub(super) const BLOCK: usize = 500;

/// Id and ordinal of an image.
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
    /// The next places of a set.
    pub(super) async fn block(
        &self,
        set: &str,
        order: Order,
        after: Option<Cursor>,
        size: usize,
    ) -> Result<Vec<Place>> {
        let from = after.map(|Cursor(place)| format!("({place}"));
        let mut ask = redis::cmd("ZRANGE");
        ask.arg(set);
        match order {
            Order::Newest => ask
                .arg(from.as_deref().unwrap_or("+inf"))
                .arg(&["-inf", "BYSCORE", "REV"]),
            Order::Oldest => ask
                .arg(from.as_deref().unwrap_or("-inf"))
                .arg(&["+inf", "BYSCORE"]),
        };
        ask.arg("LIMIT").arg(0).arg(size).arg("WITHSCORES");
        self.command(&ask).await
    }

    /// Those of these images that have all of the pieces in their text.
    pub(super) async fn with_text(
        &self,
        tenant: &TenantId,
        mut block: Vec<Place>,
        pieces: &[String],
    ) -> Result<Vec<Place>> {
        if pieces.is_empty() || block.is_empty() {
            return Ok(block);
        }
        let mut ask = redis::cmd("HMGET");
        ask.arg(keys::search(tenant));
        for (id, _) in &block {
            ask.arg(id);
        }
        let texts: Vec<Option<String>> = self.command(&ask).await?;
        let mut texts = texts.into_iter().map(Option::unwrap_or_default);
        block.retain(|_| {
            let text = texts.next().unwrap_or_default();
            pieces.iter().all(|piece| text.contains(piece))
        });
        Ok(block)
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
        for ((id, ordinal), fields) in places.iter().zip(&stored) {
            let record = image_record::read(&parsed(id, ImageId::parse)?, fields)?;
            records.extend(record.map(|record| (Cursor(*ordinal), record)));
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
        (None, Some(tag)) if !query.deleted => return (keys::tag(tenant, tag.as_str()), pieces),
        (Some(album), _) if query.deleted => keys::album_deleted(tenant, album),
        (Some(album), _) => keys::album_images(tenant, album),
        (None, _) if query.deleted => keys::deleted(tenant),
        (None, _) => keys::images(tenant),
    };
    pieces.extend(query.tag.as_ref().map(tag_line));
    (set, pieces)
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
