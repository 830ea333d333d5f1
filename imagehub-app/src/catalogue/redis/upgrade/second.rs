//! What the second layout lacks: what searches go by, text in one Unicode form, which albums an image
//! is in, and when links end.

use std::collections::{BTreeMap, BTreeSet};

use imagehub_policy::{TenantId, Username};

use super::super::super::search::{Term, terms_of_image};
use super::super::super::stored::{parsed, split};
use super::super::super::{AlbumId, CatalogueError, ImageId, Title};
use super::super::connection::Connection;
use super::super::image_record::Indexed;
use super::super::search::{BLOCK, written};
use super::super::{keys, refusal, scripts};
use super::{BATCH, places_after};

pub(super) async fn upgrade(store: &Connection) -> Result<(), CatalogueError> {
    let tenants: Vec<String> = store
        .unchecked_command(redis::cmd("ZRANGE").arg(keys::tenants()).arg(&["0", "-1"]))
        .await?;
    for tenant in tenants {
        let tenant = parsed(&tenant, TenantId::parse)?;
        for set in [keys::images(&tenant), keys::deleted(&tenant)] {
            note_images(store, &tenant, &set).await?;
        }
        let albums: Vec<String> = store
            .unchecked_command(
                redis::cmd("ZRANGE")
                    .arg(keys::albums(&tenant))
                    .arg(&["0", "-1"]),
            )
            .await?;
        for album in albums {
            note_album(store, &tenant, &parsed(&album, AlbumId::parse)?).await?;
        }
        note_shares(store, &tenant).await?;
    }
    Ok(())
}

/// Notes what a set's images are found by, a block at a time.
async fn note_images(
    store: &Connection,
    tenant: &TenantId,
    set: &str,
) -> Result<(), CatalogueError> {
    let mut after = None;
    loop {
        let places = places_after(store, set, after).await?;
        let Some((_, last)) = places.last() else {
            return Ok(());
        };
        after = Some(*last);
        let mut blocks: BTreeMap<i64, BTreeSet<Term>> = BTreeMap::new();
        for (id, ordinal) in &places {
            let terms = terms_of(store, tenant, id).await?;
            blocks.entry(ordinal / BLOCK).or_default().extend(terms);
        }
        for (block, terms) in blocks {
            let script = &scripts::NOTE_TERMS;
            let mut note = script.prepare_invoke();
            note.arg(tenant.as_str())
                .arg(block * BLOCK)
                .arg(written(terms));
            store.unchecked_script::<String>(&note).await?;
        }
    }
}

/// What an image is found by, once its text is as it would be if it came now.
async fn terms_of(
    store: &Connection,
    tenant: &TenantId,
    id: &ImageId,
) -> Result<BTreeSet<Term>, CatalogueError> {
    loop {
        let fields: [Option<String>; 3] = store
            .unchecked_command(redis::cmd("HMGET").arg(keys::image(tenant, id)).arg(&[
                "title",
                "tags",
                "uploaded_by",
            ]))
            .await?;
        let [Some(stored_title), Some(stored_tags), Some(uploaded_by)] = fields else {
            // It was forgotten meanwhile.
            return Ok(BTreeSet::new());
        };
        let title = parsed(&stored_title, Title::parse)?;
        let uploaded_by = parsed(&uploaded_by, Username::parse)?;
        let tags = split(&stored_tags)?;
        let indexed = Indexed::of(&title, &tags, &uploaded_by);
        let terms = terms_of_image(tenant, &indexed.search, &tags);
        if title.as_str() == stored_title && indexed.tags == stored_tags {
            return Ok(terms);
        }
        let script = &scripts::UPGRADE_TEXT;
        let mut rewrite = script.prepare_invoke();
        rewrite
            .arg(tenant.as_str())
            .arg(id.as_str())
            .arg(stored_tags)
            .arg(stored_title)
            .arg(indexed.tags)
            .arg(indexed.folded)
            .arg(title.as_str())
            .arg(indexed.search);
        match store.unchecked_script::<String>(&rewrite).await?.as_str() {
            "done" => return Ok(terms),
            "changed_meanwhile" => {}
            other => return Err(refusal(other)),
        }
    }
}

/// Notes of an album's images that they are in it.
async fn note_album(
    store: &Connection,
    tenant: &TenantId,
    album: &AlbumId,
) -> Result<(), CatalogueError> {
    for set in [
        keys::album_images(tenant, album),
        keys::album_deleted(tenant, album),
    ] {
        let mut after = None;
        loop {
            let places = places_after(store, &set, after).await?;
            let Some((_, last)) = places.last() else {
                break;
            };
            after = Some(*last);
            let script = &scripts::UPGRADE_ALBUM;
            let mut note = script.prepare_invoke();
            note.arg(tenant.as_str())
                .arg(album.as_str())
                .arg(written([Term::album(tenant, album)]));
            for (id, _) in &places {
                note.arg(id.as_str());
            }
            store.unchecked_script::<String>(&note).await?;
        }
    }
    Ok(())
}

/// Notes when a tenant's share links end or ended.
async fn note_shares(store: &Connection, tenant: &TenantId) -> Result<(), CatalogueError> {
    let mut from = "-".to_owned();
    loop {
        let script = &scripts::UPGRADE_SHARES;
        let mut note = script.prepare_invoke();
        note.arg(tenant.as_str()).arg(&from).arg(BATCH);
        let last: String = store.unchecked_script(&note).await?;
        if last.is_empty() {
            return Ok(());
        }
        from = format!("({last}");
    }
}
