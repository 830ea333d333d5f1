//! A backup: a folder with the catalogue's records and every image's files.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;

use super::claim::{Claim, mark};
use super::copy::{Copied, copy};
use super::snapshot::Snapshot;
use super::{MovingError, Progress};
use crate::blobs::Blobs;
use crate::bond;
use crate::catalogue::{Catalogue, ImageId, RECORDS_VERSION};
use crate::private;

const ABOUT: &str = "backup.json";
const RECORDS: &str = "records.jsonl";
const BLOBS: &str = "blobs";
const STAGING: &str = "unfinished";

/// What is in the folder.
#[derive(Debug, Serialize, Deserialize)]
struct About {
    /// The version of the records' form.
    format: u32,
    /// Tells backups apart.
    id: String,
    finished: bool,
}

/// Writes everything into a folder that is empty, or holds a backup that was interrupted.
pub async fn backup(
    catalogue: &dyn Catalogue,
    blobs: &Blobs,
    folder: &Path,
    say: Progress<'_>,
) -> Result<Copied, MovingError> {
    bond::settle(catalogue, blobs).await?;
    private::folder(folder)?;
    let mut about = match read(folder).await {
        Ok(about) if about.finished => return Err(MovingError::Finished(folder.to_owned())),
        Ok(about) => {
            say("going on with a backup that was interrupted");
            about
        }
        Err(MovingError::NoBackup(_)) => {
            if tokio::fs::read_dir(folder)
                .await?
                .next_entry()
                .await?
                .is_some()
            {
                return Err(MovingError::Occupied(folder.to_owned()));
            }
            About {
                format: RECORDS_VERSION,
                id: ImageId::random().to_string(),
                finished: false,
            }
        }
        Err(error) => return Err(error),
    };
    write(folder, &about).await?;
    let snapshot = Snapshot::at(folder.join(RECORDS));
    snapshot.take(catalogue, say).await?;
    let target = Blobs::in_directory(&folder.join(BLOBS), &folder.join(STAGING)).await?;
    let copied = copy(&snapshot, blobs, &target, Some(catalogue), say).await?;
    snapshot.drop_images(&copied.without_files()).await?;
    drop(target);
    tokio::fs::remove_dir_all(folder.join(STAGING)).await?;
    about.finished = true;
    write(folder, &about).await?;
    Ok(copied)
}

/// Brings a finished backup into an empty catalogue and empty blobs, or goes on with that.
/// `target` tells catalogues apart.
pub async fn restore(
    folder: &Path,
    catalogue: &dyn Catalogue,
    blobs: &Blobs,
    target: &str,
    say: Progress<'_>,
) -> Result<Copied, MovingError> {
    let about = read(folder).await?;
    if !about.finished {
        return Err(MovingError::Unfinished(folder.to_owned()));
    }
    let mark = mark(&["backup", about.id.as_str(), target]);
    let mut claim = Claim::lay(blobs, Some(blobs), Some(catalogue), mark).await?;
    let snapshot = Snapshot::at(folder.join(RECORDS));
    let records = snapshot.digest().await?;
    claim.require_same(&records)?;
    let staging = std::env::temp_dir().join(format!("imagehub-restore-{}", ImageId::random()));
    let source = Blobs::in_directory(&folder.join(BLOBS), &staging).await?;
    let copied = copy(&snapshot, &source, blobs, None, say).await;
    drop(source);
    tokio::fs::remove_dir_all(&staging).await?;
    let copied = copied?;
    claim.bringing(records).await?;
    snapshot
        .bring(catalogue, &copied.without_files(), say)
        .await?;
    bond::tie(catalogue, blobs).await?;
    claim.finish().await?;
    Ok(copied)
}

async fn read(folder: &Path) -> Result<About, MovingError> {
    let path = folder.join(ABOUT);
    let text = match tokio::fs::read(&path).await {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(MovingError::NoBackup(folder.to_owned()));
        }
        Err(error) => return Err(error.into()),
    };
    let about: About = serde_json::from_slice(&text).map_err(|error| MovingError::Unreadable {
        path,
        cause: error.to_string(),
    })?;
    if about.format > RECORDS_VERSION {
        return Err(MovingError::Newer {
            found: about.format,
            known: RECORDS_VERSION,
        });
    }
    Ok(about)
}

async fn write(folder: &Path, about: &About) -> Result<(), MovingError> {
    let text = serde_json::to_vec(about).map_err(std::io::Error::other)?;
    let unfinished = folder.join(format!("{ABOUT}.unfinished"));
    let mut file = tokio::fs::File::from_std(private::file(&unfinished)?);
    file.write_all(&text).await?;
    file.sync_all().await?;
    Ok(tokio::fs::rename(unfinished, folder.join(ABOUT)).await?)
}
