//! Why an upload is not taken.

use thiserror::Error;

use crate::format::{bound, bytes};

/// Why an upload is not taken. The texts are for the person who sent it.
#[derive(Debug, Error)]
pub enum ImageError {
    /// More bytes than the limit.
    #[error("the file is larger than {}{}", bound(*limit), own(*.bytes))]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
        /// The file's own, if all of it was read.
        bytes: Option<u64>,
    },
    /// The content is none of the accepted formats, whatever the name says.
    #[error("not a JPEG, PNG, GIF or WebP image")]
    UnsupportedType,
    /// As telephones take them. No browser but Safari shows it.
    #[error(
        "HEIC pictures are not supported: save it as JPEG, or set the camera to \"Most Compatible\""
    )]
    Heic,
    /// Damaged, cut short, or not really an image.
    #[error("the image is broken: {0}")]
    Broken(String),
    /// More pixels than the limit.
    #[error("{width} × {height} pixels are more than {} million", limit / 1_000_000)]
    TooManyPixels {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// The limit in pixels.
        limit: u64,
    },
    /// A longer side than the limit.
    #[error("a side of {side} pixels is longer than {limit}")]
    SideTooLong {
        /// The longer side in pixels.
        side: u32,
        /// The limit in pixels.
        limit: u32,
    },
    /// More frames than the limit.
    #[error("{frames} frames are more than {limit}")]
    TooManyFrames {
        /// The image's own.
        frames: u32,
        /// The limit.
        limit: u32,
    },
    /// Decoding would take more memory, or takes more time, than one decode may.
    #[error("decoding the image takes too much memory or time")]
    DecodeLimit,
    /// Not the upload's fault: the staged file cannot be read, or no decoder can be started.
    #[error("the image could not be read: {0}")]
    Unavailable(String),
    /// Not the upload's fault: there is no room for what is made of it.
    #[error("no space left for the image")]
    NoSpace,
}

fn own(size: Option<u64>) -> String {
    size.map_or_else(String::new, |size| format!(": it has {}", bytes(size)))
}

impl ImageError {
    /// The stable code of the API's error bodies.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
            Self::UnsupportedType | Self::Heic => "unsupported_type",
            Self::Broken(_) => "broken_image",
            Self::TooManyPixels { .. } => "too_many_pixels",
            Self::SideTooLong { .. } => "side_too_long",
            Self::TooManyFrames { .. } => "too_many_frames",
            Self::DecodeLimit => "decode_limit",
            Self::Unavailable(_) | Self::NoSpace => "unavailable",
        }
    }

    pub(super) fn unavailable(error: impl std::fmt::Display) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<crate::blobs::BlobError> for ImageError {
    fn from(error: crate::blobs::BlobError) -> Self {
        match error {
            crate::blobs::BlobError::NoSpace => Self::NoSpace,
            other => Self::unavailable(other),
        }
    }
}
