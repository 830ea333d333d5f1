//! A note in the data directory while something is being seeded: who goes on with it knows by it
//! what is ours, and what is done.

use std::io::ErrorKind;
use std::path::Path;

use time::OffsetDateTime;

use super::SeedError;

const NOTE: &str = "seed-unfinished";

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
pub struct Seeding {
    pub stage: Stage,
    pub begun: OffsetDateTime,
}

impl Seeding {
    /// One that begins now. The catalogue keeps milliseconds.
    pub fn new() -> Self {
        let now = OffsetDateTime::now_utc();
        Self {
            stage: Stage::People,
            begun: now.truncate_to_millisecond(),
        }
    }

    /// The one that was begun and never finished.
    pub fn found(data: &Path) -> Result<Option<Self>, SeedError> {
        let text = match std::fs::read_to_string(data.join(NOTE)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
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
    pub fn note(&self, data: &Path) -> Result<(), SeedError> {
        let stage = match self.stage {
            Stage::People => "people",
            Stage::Pictures => "pictures",
        };
        let millis = self.begun.unix_timestamp_nanos() / 1_000_000;
        Ok(std::fs::write(
            data.join(NOTE),
            format!("{stage} {millis}"),
        )?)
    }

    /// Everything is there: the note goes.
    pub fn end(self, data: &Path) -> Result<(), SeedError> {
        Ok(std::fs::remove_file(data.join(NOTE))?)
    }

    /// Whether this seeding made what was made at that time.
    pub fn made(&self, at: OffsetDateTime) -> bool {
        at == self.begun
    }
}
