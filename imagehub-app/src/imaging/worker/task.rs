//! What a worker is told, and what it answers.

use serde::{Deserialize, Serialize};

use crate::domain::{Camera, MediaType, WallTime};
use crate::imaging::ImageError;

/// One image to decode.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::imaging) struct Task {
    /// Of the staged file.
    pub(in crate::imaging) bytes: u64,
    /// By its content.
    pub(in crate::imaging) media_type: MediaType,
    /// Whether it is a JPEG without its end marker.
    pub(in crate::imaging) lacks_end: bool,
    /// Bytes it may take beside what the program takes before it looks at the image.
    pub(in crate::imaging) decode_memory: u64,
    /// Seconds of processor time, after which the kernel ends the worker.
    pub(in crate::imaging) cpu_seconds: u64,
    /// Whether the original is to be served with all it says.
    pub(in crate::imaging) keep_metadata: bool,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::imaging) enum Answer {
    /// The files are in the folder.
    Taken {
        /// Upright.
        width: u32,
        height: u32,
        thumbnail_type: MediaType,
        placeholder: String,
        taken_at: Option<WallTime>,
        camera: Option<Camera>,
        /// Whether what is to be served was written beside the thumbnails, instead of the staged file.
        rewritten: bool,
    },
    /// The content is no image that can be decoded here.
    UnsupportedType,
    /// It is damaged.
    Broken(String),
    /// It takes too much.
    DecodeLimit,
    /// The worker is not to blame, nor the image.
    Unavailable(String),
    /// The disk is full.
    NoSpace,
}

impl Answer {
    pub(super) fn refusing(error: &ImageError) -> Self {
        match error {
            ImageError::UnsupportedType | ImageError::Heic => Self::UnsupportedType,
            ImageError::Broken(why) => Self::Broken(why.clone()),
            ImageError::DecodeLimit => Self::DecodeLimit,
            ImageError::NoSpace => Self::NoSpace,
            ImageError::Unavailable(why) => Self::Unavailable(why.clone()),
            // What the container says was looked at before the worker was started.
            ImageError::TooLarge { .. }
            | ImageError::TooManyPixels { .. }
            | ImageError::SideTooLong { .. }
            | ImageError::TooManyFrames { .. } => Self::Broken(error.to_string()),
        }
    }
}
