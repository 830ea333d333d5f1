//! Tags by their beginning.

use imagehub_policy::TenantId;

use super::super::codec::parsed;
use super::super::{CatalogueError, Result};
use super::{RedisCatalogue, scripts};
use crate::domain::{Tag, TagCount};

/// Tags looked at by one script.
const BATCH: usize = 1_000;

impl RedisCatalogue {
    pub(super) async fn tags_beginning_with(
        &self,
        tenant: &TenantId,
        prefix: &str,
    ) -> Result<Vec<TagCount>> {
        let mut from = [b"[", prefix.as_bytes()].concat();
        // No text has this byte, so every text that begins with the prefix comes before it.
        let to = [b"(", prefix.as_bytes(), b"\xff"].concat();
        let mut tags = Vec::new();
        loop {
            let names: Vec<(String, i64)> = self
                .script(
                    scripts::TAGS
                        .arg(tenant.as_str())
                        .arg(&from)
                        .arg(&to)
                        .arg(BATCH),
                )
                .await?;
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

pub(super) fn read(tag: &str, score: i64) -> Result<TagCount> {
    Ok(TagCount {
        tag: parsed(tag, Tag::parse)?,
        images: score.unsigned_abs(),
    })
}
