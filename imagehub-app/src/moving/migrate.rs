//! A move to other stores. What was there stays as it is.

use std::path::Path;

use super::claim::{Claim, mark};
use super::copy::{Copied, copy};
use super::snapshot::Snapshot;
use super::{MovingError, Progress};
use crate::blobs::Blobs;
use crate::bond;
use crate::catalogue::Catalogue;
use crate::private;

/// Where everything is.
pub struct Source<'a> {
    /// The catalogue.
    pub catalogue: &'a dyn Catalogue,
    /// The blobs.
    pub blobs: &'a Blobs,
    /// What tells the catalogue apart.
    pub place: &'a str,
}

/// What is to be filled: a catalogue, blobs or both.
pub struct Target<'a> {
    /// The catalogue, if it moves, and what tells it apart.
    pub catalogue: Option<(&'a dyn Catalogue, &'a str)>,
    /// The blobs, if they move, and what tells them apart.
    pub blobs: Option<(&'a Blobs, &'a str)>,
}

/// Brings the catalogue, the blobs or both into empty stores, or goes on with that. `spool` is a
/// folder for the records on their way.
pub async fn migrate(
    source: Source<'_>,
    target: Target<'_>,
    spool: &Path,
    say: Progress<'_>,
) -> Result<Copied, MovingError> {
    let new_catalogue = target.catalogue.map(|(catalogue, _)| catalogue);
    let new_blobs = target.blobs.map(|(blobs, _)| blobs);
    let notes = new_blobs.unwrap_or(source.blobs);
    let mark = mark(&[
        "move",
        source.place,
        target.catalogue.map_or("", |(_, place)| place),
        target.blobs.map_or("", |(_, place)| place),
    ]);
    if !Claim::is_laid(notes, &mark).await? {
        bond::settle(source.catalogue, source.blobs).await?;
    }
    let mut claim = Claim::lay(notes, new_blobs, new_catalogue, mark).await?;
    private::folder(spool)?;
    let snapshot = Snapshot::at(spool.join("records.jsonl"));
    snapshot.take(source.catalogue, say).await?;
    let records = snapshot.digest().await?;
    claim.require_same(&records)?;
    let copied = match new_blobs {
        Some(to) => copy(&snapshot, source.blobs, to, Some(source.catalogue), say).await?,
        None => Copied::default(),
    };
    if let Some(to) = new_catalogue {
        claim.bringing(records).await?;
        snapshot.bring(to, &copied.without_files(), say).await?;
    }
    tokio::fs::remove_dir_all(spool).await?;
    bond::tie(new_catalogue.unwrap_or(source.catalogue), notes).await?;
    claim.finish().await?;
    Ok(copied)
}
