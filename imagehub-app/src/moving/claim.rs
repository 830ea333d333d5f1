//! What is being filled is marked, so that only the one who began goes on.

use futures_util::TryStreamExt as _;
use sha2::{Digest as _, Sha256};

use super::MovingError;
use crate::blobs::Blobs;
use crate::catalogue::{Catalogue, Digest};

const NOTE: &str = "moving";

/// A note in the blobs that names what is being brought there.
pub struct Claim<'a> {
    notes: &'a Blobs,
}

impl<'a> Claim<'a> {
    /// Claims an empty target, or one that was claimed for the same and never finished. `notes`
    /// are the blobs to leave the note in; `blobs` are those that will be filled, if any.
    pub async fn lay(
        notes: &'a Blobs,
        blobs: Option<&Blobs>,
        catalogue: Option<&dyn Catalogue>,
        what: &[&str],
    ) -> Result<Self, MovingError> {
        let mut hash = Sha256::new();
        for part in what {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mark = Digest::new(hash.finalize().into()).hex();
        match notes.note(NOTE).await? {
            Some(found) if found == mark.as_bytes() => return Ok(Self { notes }),
            Some(_) => return Err(MovingError::Claimed),
            None => {}
        }
        if let Some(catalogue) = catalogue
            && !catalogue.is_empty().await?
        {
            return Err(MovingError::NotEmpty("records"));
        }
        if let Some(blobs) = blobs
            && blobs.folders().try_next().await?.is_some()
        {
            return Err(MovingError::NotEmpty("pictures"));
        }
        notes.set_note(NOTE, Some(mark)).await?;
        Ok(Self { notes })
    }

    /// Everything is there.
    pub async fn finish(self) -> Result<(), MovingError> {
        Ok(self.notes.set_note(NOTE, None).await?)
    }
}
