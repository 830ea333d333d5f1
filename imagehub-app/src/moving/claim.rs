//! What is being filled is marked, so that only the one who began goes on.

use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::MovingError;
use crate::blobs::{BlobError, Blobs, FolderName};
use crate::catalogue::{Catalogue, Digest};

/// At the top of the blobs while something is being brought to them or to their catalogue.
const NOTE: &str = ".moving";

/// Whether something is being brought there, or was and never finished.
pub async fn is_under_way(blobs: &Blobs) -> Result<bool, BlobError> {
    Ok(blobs.note(NOTE).await?.is_some())
}

/// Gives up what was begun there; what was brought stays. `false` if nothing was begun.
pub async fn abandon(blobs: &Blobs) -> Result<bool, BlobError> {
    let begun = is_under_way(blobs).await?;
    if begun {
        blobs.set_note(NOTE, None).await?;
    }
    Ok(begun)
}

/// What is brought, from where and to where, as one text.
pub fn mark(what: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in what {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    Digest::new(hash.finalize().into()).hex()
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    mark: String,
    /// The digest of the records, once some of them may be there.
    records: Option<String>,
}

/// A note in the blobs that names what is being brought there.
pub struct Claim<'a> {
    notes: &'a Blobs,
    note: Note,
}

impl<'a> Claim<'a> {
    /// Whether that was begun there.
    pub async fn is_laid(notes: &Blobs, mark: &str) -> Result<bool, MovingError> {
        let note = read(notes).await?;
        Ok(note.is_some_and(|note| note.mark == mark))
    }

    /// Claims an empty target, or one that was claimed for the same and never finished. `notes`
    /// are the blobs to leave the note in; `blobs` are those that will be filled, if any.
    pub async fn lay(
        notes: &'a Blobs,
        blobs: Option<&Blobs>,
        catalogue: Option<&dyn Catalogue>,
        mark: String,
    ) -> Result<Self, MovingError> {
        let is_empty = match catalogue {
            Some(catalogue) => catalogue.is_empty().await?,
            None => true,
        };
        let found = read(notes).await?;
        let records = match &found {
            Some(found) if found.mark != mark => return Err(MovingError::Claimed),
            // Whoever emptied it began anew.
            Some(found) if !is_empty => found.records.clone(),
            _ => None,
        };
        if records.is_none() && !is_empty {
            return Err(MovingError::NotEmpty("records"));
        }
        if found.is_none()
            && let Some(blobs) = blobs
            && has_pictures(blobs).await?
        {
            return Err(MovingError::NotEmpty("pictures"));
        }
        let claim = Self {
            notes,
            note: Note { mark, records },
        };
        claim.write().await?;
        Ok(claim)
    }

    /// Refuses to bring other records than those of which some are there: what was taken back
    /// meanwhile, a role or a link, would stay.
    pub fn require_same(&self, records: &str) -> Result<(), MovingError> {
        match &self.note.records {
            Some(before) if before != records => Err(MovingError::SourceChanged),
            _ => Ok(()),
        }
    }

    /// Some of these records may be there from now on.
    pub async fn bringing(&mut self, records: String) -> Result<(), MovingError> {
        self.note.records = Some(records);
        self.write().await
    }

    /// Everything is there.
    pub async fn finish(self) -> Result<(), MovingError> {
        Ok(self.notes.set_note(NOTE, None).await?)
    }

    async fn write(&self) -> Result<(), MovingError> {
        let text = serde_json::to_string(&self.note).map_err(std::io::Error::other)?;
        Ok(self.notes.set_note(NOTE, Some(text)).await?)
    }
}

/// One that cannot be read was left by another version, which is to finish it.
async fn read(notes: &Blobs) -> Result<Option<Note>, MovingError> {
    let Some(text) = notes.note(NOTE).await? else {
        return Ok(None);
    };
    let note = serde_json::from_slice(&text);
    note.map(Some).map_err(|_| MovingError::Claimed)
}

async fn has_pictures(blobs: &Blobs) -> Result<bool, BlobError> {
    let mut folders = blobs.folders();
    while let Some(folder) = folders.try_next().await? {
        if !matches!(folder.name, FolderName::Foreign(_)) {
            return Ok(true);
        }
    }
    Ok(false)
}
