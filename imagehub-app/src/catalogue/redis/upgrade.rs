//! Bringing a store of an older layout up to date. The first one lacks the lists of names, the
//! counters and what tags are found by, the second one what searches go by. Every step may be done
//! twice, and by several processes at once; processes of older versions must have ended, since they
//! would not note what is missing.

mod second;

use imagehub_policy::{TenantId, Username};

use super::super::stored::{folded, parsed, split};
use super::super::{CatalogueError, ImageId, Title};
use super::connection::{Connection, SCHEMA};
use super::image_record::Indexed;
use super::{keys, refusal, scripts};

/// Keys or images looked at in one round trip.
const BATCH: usize = 500;

/// Brings the store from the layout that was found up to the one known here.
pub(super) async fn upgrade(store: &Connection, found: u32) -> Result<(), CatalogueError> {
    if found < 2 {
        from_first(store).await?;
    }
    second::upgrade(store).await?;
    store
        .unchecked_command(redis::cmd("SET").arg(keys::schema()).arg(SCHEMA))
        .await
}

async fn from_first(store: &Connection) -> Result<(), CatalogueError> {
    list_names(store, &keys::user(""), &keys::users()).await?;
    let tenants = list_names(store, &keys::tenant(""), &keys::tenants()).await?;
    for tenant in tenants {
        index_images(store, &parsed(&tenant, TenantId::parse)?).await?;
    }
    Ok(())
}

/// Lists the names of all records whose keys begin with `prefix`.
async fn list_names(
    store: &Connection,
    prefix: &str,
    list: &str,
) -> Result<Vec<String>, CatalogueError> {
    let mut names = Vec::new();
    let mut cursor = "0".to_owned();
    loop {
        let (next, keys): (String, Vec<String>) = store
            .unchecked_command(
                redis::cmd("SCAN")
                    .arg(&cursor)
                    .arg("MATCH")
                    .arg(format!("{prefix}*"))
                    .arg("COUNT")
                    .arg(BATCH),
            )
            .await?;
        for name in keys.iter().filter_map(|key| key.strip_prefix(prefix)) {
            // What else begins so belongs to a record.
            if !name.contains(':') {
                store
                    .unchecked_command::<u64>(redis::cmd("ZADD").arg(list).arg(0).arg(name))
                    .await?;
                names.push(name.to_owned());
            }
        }
        if next == "0" {
            return Ok(names);
        }
        cursor = next;
    }
}

async fn index_images(store: &Connection, tenant: &TenantId) -> Result<(), CatalogueError> {
    let mut after = None;
    loop {
        let places = places_after(store, &keys::images(tenant), after).await?;
        for (id, ordinal) in &places {
            index_image(store, tenant, id).await?;
            after = Some(*ordinal);
        }
        if places.is_empty() {
            return Ok(());
        }
    }
}

/// Some of the ids in a sorted set with their ordinals, in their order, from after one on.
async fn places_after(
    store: &Connection,
    set: &str,
    after: Option<i64>,
) -> Result<Vec<(ImageId, i64)>, CatalogueError> {
    let places: Vec<(String, i64)> = store
        .unchecked_command(
            redis::cmd("ZRANGE")
                .arg(set)
                .arg(after.map_or("-inf".to_owned(), |ordinal| format!("({ordinal}")))
                .arg("+inf")
                .arg(&["BYSCORE", "LIMIT", "0"])
                .arg(BATCH)
                .arg("WITHSCORES"),
        )
        .await?;
    places
        .into_iter()
        .map(|(id, ordinal)| Ok((parsed(&id, ImageId::parse)?, ordinal)))
        .collect()
}

async fn index_image(
    store: &Connection,
    tenant: &TenantId,
    id: &ImageId,
) -> Result<(), CatalogueError> {
    loop {
        let fields: [Option<String>; 3] = store
            .unchecked_command(redis::cmd("HMGET").arg(keys::image(tenant, id)).arg(&[
                "title",
                "tags",
                "uploaded_by",
            ]))
            .await?;
        let [Some(title), Some(tags), Some(uploaded_by)] = fields else {
            return Ok(());
        };
        let indexed = Indexed::of(
            &parsed(&title, Title::parse)?,
            &split(&tags)?,
            &parsed(&uploaded_by, Username::parse)?,
        );
        // Of the tags as they are stored: to be composed they wait for the next layout.
        let folded = folded(&tags);
        let script = &scripts::UPGRADE_IMAGE;
        let mut upgrade = script.prepare_invoke();
        upgrade
            .arg(tenant.as_str())
            .arg(id.as_str())
            .arg(tags)
            .arg(title)
            .arg(folded)
            .arg(indexed.search);
        match store.unchecked_script::<String>(&upgrade).await?.as_str() {
            "done" => return Ok(()),
            "changed_meanwhile" => {}
            other => return Err(refusal(other)),
        }
    }
}
