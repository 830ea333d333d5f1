//! Pages of images. A search has no index: it reads the texts of a set of images, block by block,
//! until its page is full.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use imagehub_policy::TenantId;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::super::codec::{parsed, tag_line};
use super::super::{CatalogueError, Cursor, ImageQuery, Order, Page};
use super::image_record::{self, Fields};
use super::{RedisCatalogue, keys};
use crate::domain::{ImageId, ImageRecord};

/// Texts that a search reads at a time: less than a millisecond of the thread that serves everybody.
const BLOCK: usize = 500;

/// Id and ordinal of an image.
type Place = (String, i64);

/// The tenants that search now.
#[derive(Default)]
pub(super) struct Searching(StdMutex<HashMap<TenantId, Arc<Mutex<()>>>>);

impl Searching {
    /// Waits until no other search of the tenant is under way in this process.
    async fn turn(&self, tenant: &TenantId) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(turns.entry(tenant.clone()).or_default())
        };
        turn.lock_owned().await
    }
}

impl RedisCatalogue {
    pub(super) async fn page(
        &self,
        tenant: &TenantId,
        query: &ImageQuery,
    ) -> Result<Page, CatalogueError> {
        let (set, pieces) = way(tenant, query);
        let _turn = match pieces.is_empty() {
            true => None,
            false => Some(self.searching.turn(tenant).await),
        };
        // One more than the page, to know whether there is a next one.
        let enough = query.page_size() + 1;
        let (mut found, mut after, mut size) = (Vec::new(), query.after, enough);
        loop {
            let block = self.block(&set, query.order, after, size).await?;
            after = match block.last() {
                Some((_, last)) if block.len() == size => Some(Cursor(*last)),
                _ => None,
            };
            let with_text = self.with_text(tenant, block, &pieces).await?;
            for some in with_text.chunks(enough) {
                found.extend(self.records(tenant, query, some).await?);
                if found.len() >= enough {
                    found.truncate(query.page_size());
                    let next = found.last().map(|(place, _)| *place);
                    return Ok(page(found, next));
                }
            }
            if after.is_none() {
                return Ok(page(found, None));
            }
            size = BLOCK;
        }
    }

    /// The next places of a set.
    async fn block(
        &self,
        set: &str,
        order: Order,
        after: Option<Cursor>,
        size: usize,
    ) -> Result<Vec<Place>, CatalogueError> {
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
        self.connection.command(&ask).await
    }

    /// Those of these images that have all of the pieces in their text.
    async fn with_text(
        &self,
        tenant: &TenantId,
        mut block: Vec<Place>,
        pieces: &[String],
    ) -> Result<Vec<Place>, CatalogueError> {
        if pieces.is_empty() || block.is_empty() {
            return Ok(block);
        }
        let mut ask = redis::cmd("HMGET");
        ask.arg(keys::search(tenant));
        for (id, _) in &block {
            ask.arg(id);
        }
        let texts: Vec<Option<String>> = self.connection.command(&ask).await?;
        let mut texts = texts.into_iter().map(Option::unwrap_or_default);
        block.retain(|_| {
            let text = texts.next().unwrap_or_default();
            pieces.iter().all(|piece| text.contains(piece))
        });
        Ok(block)
    }

    /// The records at these places, but for those that changed meanwhile or lack the tag.
    async fn records(
        &self,
        tenant: &TenantId,
        query: &ImageQuery,
        places: &[Place],
    ) -> Result<Vec<(Cursor, ImageRecord)>, CatalogueError> {
        let mut ask = redis::pipe();
        for (id, _) in places {
            ask.hgetall(keys::image(tenant, id));
        }
        let stored: Vec<Fields> = self.connection.pipeline(&ask).await?;
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
}

/// The sorted set that has the images asked for, and what those have in their text.
fn way(tenant: &TenantId, query: &ImageQuery) -> (String, Vec<String>) {
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

fn page(found: Vec<(Cursor, ImageRecord)>, next: Option<Cursor>) -> Page {
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
