//! What is known of an image.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use imagehub_policy::Username;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use super::timestamp::milliseconds;
use super::{Camera, Digest, ImageId, MediaType, Tags, Title, WallTime};

/// How long a deleted image can be restored.
pub const UNDO_WINDOW: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A tenant's image as it is recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageRecord {
    /// Its id, which its blobs are stored under.
    pub id: ImageId,
    /// Of the bytes that are served.
    pub digest: Digest,
    /// The CRC-32 of the same bytes.
    pub crc32: u32,
    /// By content.
    pub media_type: MediaType,
    /// Whether it has several frames.
    pub animated: bool,
    /// How many bytes are served.
    pub bytes: u64,
    /// Pixels across, upright.
    pub width: u32,
    /// Pixels down, upright.
    pub height: u32,
    /// What its four thumbnails are encoded as for who does not take WebP.
    pub thumbnail_type: MediaType,
    /// What to show until a thumbnail is there.
    pub placeholder: Placeholder,
    /// Its title.
    pub title: Title,
    /// Its tags.
    pub tags: Tags,
    /// By whom.
    pub uploaded_by: Username,
    /// When.
    #[serde(with = "milliseconds")]
    pub uploaded_at: OffsetDateTime,
    /// When it was taken, if it says so.
    pub taken_at: Option<WallTime>,
    /// With what it was taken, as far as it says so.
    pub camera: Option<Camera>,
    /// When it was deleted, if it was; it can be restored for [`UNDO_WINDOW`].
    #[serde(with = "milliseconds::option")]
    pub deleted_at: Option<OffsetDateTime>,
}

impl ImageRecord {
    /// The day it was taken on; of an image that does not say, the day of its upload.
    pub fn day_taken(&self) -> Date {
        match self.taken_at {
            Some(time) => time.date_time().date(),
            None => self.uploaded_at.date(),
        }
    }
}

/// What to change of an image; `None` leaves a field alone.
#[derive(Debug, Clone, Default)]
pub struct ImageEdit {
    /// The new title.
    pub title: Option<Title>,
    /// The new tags, replacing all.
    pub tags: Option<Tags>,
    /// Tags to put to those there are; 20 at most in all.
    pub add_tags: Tags,
    /// Tags to take away.
    pub remove_tags: Tags,
}

/// A blurred impression of an image in some 25 bytes: a ThumbHash. Empty when there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placeholder(Vec<u8>);

impl Placeholder {
    /// From the hash itself; anything longer than 32 bytes is none.
    pub fn new(thumb_hash: Vec<u8>) -> Self {
        if thumb_hash.len() <= 32 {
            Self(thumb_hash)
        } else {
            Self::default()
        }
    }

    /// The hash.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The hash in base64, as it is stored and as the API shows it.
    pub fn encode(&self) -> String {
        STANDARD.encode(&self.0)
    }

    pub(crate) fn decode(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok().map(Self::new)
    }
}
