//! A note in the blobs while something is being planted: who goes on with it knows by it what is
//! ours, and what is done.

use time::OffsetDateTime;

use super::SeedError;
use crate::blobs::Blobs;

const NOTE: &str = ".planting";

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// People and places are being made; nobody has been told a password.
    People,
    /// The passwords are told; pictures are being hung.
    Pictures,
}

/// What was begun, and when: everybody and everything made by it was made at that moment, in the
/// catalogue's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planting {
    pub stage: Stage,
    pub begun: OffsetDateTime,
}

impl Planting {
    /// One that begins now. The catalogue keeps milliseconds.
    pub fn new() -> Self {
        let now = OffsetDateTime::now_utc();
        Self {
            stage: Stage::People,
            begun: now.truncate_to_millisecond(),
        }
    }

    /// The one that was begun and never finished.
    pub async fn found(blobs: &Blobs) -> Result<Option<Self>, SeedError> {
        let Some(note) = blobs.note(NOTE).await? else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(&note);
        let read = || {
            let (stage, begun) = text.split_once(' ')?;
            let stage = match stage {
                "people" => Stage::People,
                "pictures" => Stage::Pictures,
                _ => return None,
            };
            let nanoseconds = begun.parse::<i128>().ok()? * 1_000_000;
            let begun = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()?;
            Some(Self { stage, begun })
        };
        read().map(Some).ok_or(SeedError::Note)
    }

    /// Leaves the note.
    pub async fn note(&self, blobs: &Blobs) -> Result<(), SeedError> {
        let stage = match self.stage {
            Stage::People => "people",
            Stage::Pictures => "pictures",
        };
        let millis = self.begun.unix_timestamp_nanos() / 1_000_000;
        let note = format!("{stage} {millis}");
        Ok(blobs.set_note(NOTE, Some(note)).await?)
    }

    /// Everything is there: the note goes.
    pub async fn end(self, blobs: &Blobs) -> Result<(), SeedError> {
        Ok(blobs.set_note(NOTE, None).await?)
    }

    /// Whether this planting made what was made at that time.
    pub fn made(&self, at: OffsetDateTime) -> bool {
        at == self.begun
    }
}
