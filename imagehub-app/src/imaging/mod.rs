//! From staged bytes to an image that is known to be whole, with its thumbnails.

mod decode;
mod limits;
mod structure;
mod thumbnail;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use image::GenericImageView as _;
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::catalogue::MediaType;

pub use limits::ImageLimits;
pub use thumbnail::{Thumbnail, ThumbnailSize, fitted};

/// What the four thumbnails take while they are made.
const THUMBNAILS_MIB: u32 = 16;

/// Why an upload is not taken. The texts are for the person who sent it.
#[derive(Debug, Error)]
pub enum ImageError {
    /// More bytes than the limit.
    #[error("the file is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The content is none of the accepted formats, whatever the name says.
    #[error("not a JPEG, PNG, GIF or WebP image")]
    UnsupportedType,
    /// Damaged, cut short, or not really an image.
    #[error("the image is broken: {0}")]
    Broken(String),
    /// More pixels, or a longer side, than the limit.
    #[error("{width} × {height} pixels are too many")]
    TooManyPixels {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// More frames than the limit.
    #[error("more than {limit} frames")]
    TooManyFrames {
        /// The limit.
        limit: u32,
    },
    /// Decoding would take more memory, or takes more time, than one decode may.
    #[error("decoding the image takes too much memory or time")]
    DecodeLimit,
    /// Not the upload's fault: the staged file cannot be read, or decoding is shutting down.
    #[error("the image could not be examined: {0}")]
    Unavailable(String),
}

impl ImageError {
    /// The stable code of the API's error bodies.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
            Self::UnsupportedType => "unsupported_type",
            Self::Broken(_) => "broken_image",
            Self::TooManyPixels { .. } => "too_many_pixels",
            Self::TooManyFrames { .. } => "too_many_frames",
            Self::DecodeLimit => "decode_limit",
            Self::Unavailable(_) => "unavailable",
        }
    }
}

/// An upload that really is an image.
#[derive(Debug)]
pub struct Ingested {
    /// By content.
    pub media_type: MediaType,
    /// Pixels across, upright.
    pub width: u32,
    /// Pixels down, upright.
    pub height: u32,
    /// One for each [`ThumbnailSize`], upright, all of one media type.
    pub thumbnails: [Thumbnail; 4],
}

/// Examines uploads: a bounded number at a time, in a bounded amount of memory. Clones share
/// both bounds.
#[derive(Clone)]
pub struct Imaging {
    limits: ImageLimits,
    decodes: Arc<Semaphore>,
    /// One permit is one MiB.
    memory: Arc<Semaphore>,
    memory_mib: u32,
}

impl Imaging {
    /// At most `decodes` at a time, which together need at most `memory_mib` (never less than
    /// one decode may need by itself).
    pub fn new(limits: ImageLimits, decodes: usize, memory_mib: u32) -> Self {
        let memory_mib = memory_mib.max(limits.decode_mib() + THUMBNAILS_MIB);
        Self {
            limits,
            decodes: Arc::new(Semaphore::new(decodes.max(1))),
            memory: Arc::new(Semaphore::new(memory_mib as usize)),
            memory_mib,
        }
    }

    /// Examines a staged file: its type by content, its header before anything is decoded, then
    /// all of it, and makes the thumbnails. The cheapest check that refuses is the one that does.
    ///
    /// A decode that runs out of time is answered with [`ImageError::DecodeLimit`] at once. Its
    /// thread cannot be stopped: it keeps its slot and its memory until it ends, which the limits
    /// on pixels, frames and bytes put a bound to.
    pub async fn ingest(&self, staged: &Path) -> Result<Ingested, ImageError> {
        let slot = acquire(&self.decodes, 1).await?;
        let limits = self.limits.clone();
        let path = staged.to_owned();
        let examined = tokio::task::spawn_blocking(move || {
            let file = read(&path, limits.bytes)?;
            let structure = structure::examine(&file, &limits)?;
            Ok((file, structure))
        });
        let (file, structure) = examined.await.map_err(unavailable)??;

        let needed = limits::mib(structure.decode_memory + file.len() as u64) + THUMBNAILS_MIB;
        let memory = acquire(&self.memory, needed.min(self.memory_mib)).await?;
        let limits = self.limits.clone();
        let patience = limits.decode_time;
        let begun = Instant::now();
        let work = tokio::task::spawn_blocking(move || {
            // Both go with the work, so that a decode nobody waits for any more still counts.
            let _held = (slot, memory);
            let decoded = decode::decode(&file, structure, &limits)?;
            drop(file);
            if begun.elapsed() > limits.decode_time {
                return Err(ImageError::DecodeLimit);
            }
            ingested(structure.media_type, decoded)
        });
        match tokio::time::timeout(patience, work).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panicked)) => {
                tracing::warn!(%panicked, "a decoder failed");
                Err(ImageError::Broken("it cannot be decoded".to_owned()))
            }
            Err(_) => Err(ImageError::DecodeLimit),
        }
    }

    /// The limits in force.
    pub fn limits(&self) -> &ImageLimits {
        &self.limits
    }
}

fn ingested(media_type: MediaType, decoded: decode::Decoded) -> Result<Ingested, ImageError> {
    let (mut width, mut height) = decoded.pixels.dimensions();
    if thumbnail::turns_sideways(decoded.orientation) {
        (width, height) = (height, width);
    }
    Ok(Ingested {
        media_type,
        width,
        height,
        thumbnails: thumbnail::make_thumbnails(decoded)?,
    })
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ImageError> {
    let mut file = Vec::new();
    let staged = File::open(path).map_err(unavailable)?;
    let length = staged.metadata().map_err(unavailable)?.len();
    if length > limit {
        return Err(ImageError::TooLarge { limit });
    }
    file.reserve_exact(usize::try_from(length).map_err(unavailable)?);
    staged
        .take(limit)
        .read_to_end(&mut file)
        .map_err(unavailable)?;
    Ok(file)
}

async fn acquire(
    semaphore: &Arc<Semaphore>,
    permits: u32,
) -> Result<OwnedSemaphorePermit, ImageError> {
    Arc::clone(semaphore)
        .acquire_many_owned(permits)
        .await
        .map_err(unavailable)
}

fn unavailable(error: impl std::fmt::Display) -> ImageError {
    ImageError::Unavailable(error.to_string())
}
