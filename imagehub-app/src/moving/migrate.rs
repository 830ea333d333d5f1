//! A move to other stores. What was there stays as it is.

use std::path::Path;

use super::claim::Claim;
use super::copy::{Copied, copy};
use super::snapshot::Snapshot;
use super::{MovingError, Progress};
use crate::blobs::Blobs;
use crate::catalogue::Catalogue;

/// A catalogue and blobs; as the target of a move, those that are to be filled.
pub struct Stores<'a> {
    /// The catalogue, if it moves, and what tells it apart.
    pub catalogue: Option<(&'a dyn Catalogue, &'a str)>,
    /// The blobs, if they move, and what tells them apart.
    pub blobs: Option<(&'a Blobs, &'a str)>,
}

/// Brings the catalogue, the blobs or both into empty stores, or goes on with that. `spool` is a
/// folder for the records on their way.
pub async fn migrate(
    catalogue: &dyn Catalogue,
    blobs: &Blobs,
    target: Stores<'_>,
    spool: &Path,
    say: Progress<'_>,
) -> Result<Copied, MovingError> {
    let new_catalogue = target.catalogue.map(|(catalogue, _)| catalogue);
    let new_blobs = target.blobs.map(|(blobs, _)| blobs);
    let what = [
        "move",
        target.catalogue.map_or("", |(_, place)| place),
        target.blobs.map_or("", |(_, place)| place),
    ];
    let claim = Claim::lay(new_blobs.unwrap_or(blobs), new_blobs, new_catalogue, &what).await?;
    tokio::fs::create_dir_all(spool).await?;
    let snapshot = Snapshot::at(spool.join("records.jsonl"));
    snapshot.take(catalogue, say).await?;
    let copied = match new_blobs {
        Some(to) => copy(&snapshot, blobs, to, say).await?,
        None => Copied::default(),
    };
    if let Some(to) = new_catalogue {
        snapshot.bring(to, &copied.gone, say).await?;
    }
    tokio::fs::remove_dir_all(spool).await?;
    claim.finish().await?;
    Ok(copied)
}
