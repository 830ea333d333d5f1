//! Tags and how many images have them.

use std::cmp::Reverse;

use imagehub_policy::TenantId;

use super::super::CatalogueError;
use super::super::codec::parsed;
use super::{RedisCatalogue, keys, scripts};
use crate::domain::texts::folded;
use crate::domain::{Tag, TagCount};

/// Tags looked at by one script.
const BATCH: usize = 1_000;

impl RedisCatalogue {
    pub(super) async fn counted_tags(
        &self,
        tenant: &TenantId,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<TagCount>, CatalogueError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let prefix = folded(prefix.trim_start());
        if prefix.is_empty() {
            let used: Vec<(String, i64)> = self
                .connection
                .command(
                    redis::cmd("ZRANGE")
                        .arg(keys::tags(tenant))
                        .arg(0)
                        .arg(limit - 1)
                        .arg("WITHSCORES"),
                )
                .await?;
            return used.iter().map(|(tag, score)| read(tag, *score)).collect();
        }
        let mut begun = self.tags_beginning_with(tenant, &prefix).await?;
        begun.sort_by(|a, b| (Reverse(a.images), &a.tag).cmp(&(Reverse(b.images), &b.tag)));
        begun.truncate(limit);
        Ok(begun)
    }

    async fn tags_beginning_with(
        &self,
        tenant: &TenantId,
        prefix: &str,
    ) -> Result<Vec<TagCount>, CatalogueError> {
        let mut from = [b"[", prefix.as_bytes()].concat();
        // No text has this byte, so every text that begins with the prefix comes before it.
        let to = [b"(", prefix.as_bytes(), b"\xff"].concat();
        let mut tags = Vec::new();
        loop {
            let script = &scripts::TAGS;
            let mut list = script.prepare_invoke();
            list.arg(tenant.as_str()).arg(&from).arg(&to).arg(BATCH);
            let names: Vec<(String, i64)> = self.connection.script(&list).await?;
            for (name, score) in &names {
                let (_, tag) = name
                    .split_once('\n')
                    .ok_or_else(|| CatalogueError::Damaged(format!("tag {name:?}")))?;
                tags.push(read(tag, *score)?);
            }
            match names.last() {
                Some((name, _)) if names.len() == BATCH => {
                    from = [b"(", name.as_bytes()].concat();
                }
                _ => return Ok(tags),
            }
        }
    }
}

fn read(tag: &str, score: i64) -> Result<TagCount, CatalogueError> {
    Ok(TagCount {
        tag: parsed(tag, Tag::parse)?,
        images: score.unsigned_abs(),
    })
}
