//! From staged bytes to an image that is known to be whole, with its thumbnails.
//!
//! This process looks at a file's structure; pixels are decoded in a worker process.

mod bytewise;
mod colour;
mod container;
mod decode;
mod decoder;
mod encode;
mod error;
mod limits;
mod placeholder;
mod scaled;
mod single;
mod size;
mod strip_metadata;
mod taken;
mod thumbnail;
mod tiff;
mod unended;
pub mod worker;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::blobs::{Staged, StagedPicture};
use crate::domain::{Camera, MediaType, Placeholder, WallTime};
use crate::metrics::{Counted, METRICS};
use container::Structure;
use worker::{Answer, Task};

pub use decoder::Decoder;
pub use error::ImageError;
pub use limits::ImageLimits;
pub use single::write_thumbnail;
pub use size::fitted;

/// What a worker may take beside what its image was reckoned to need: for the thumbnails while they
/// are made, and for what a decoder does not tell of.
const BESIDE: u64 = 64 * 1024 * 1024;
/// How much longer than its processor time a decode may take on the clock.
const WALL_CLOCK_FACTOR: u32 = 3;

/// An upload that really is an image.
#[derive(Debug)]
pub struct Ingested {
    /// By content.
    pub media_type: MediaType,
    /// Whether it has several frames.
    pub animated: bool,
    /// Pixels across, upright.
    pub width: u32,
    /// Pixels down, upright.
    pub height: u32,
    /// What the thumbnails are for who does not take WebP.
    pub thumbnail_type: MediaType,
    /// What to show until a thumbnail is there.
    pub placeholder: Placeholder,
    /// When it was taken, if it says so.
    pub taken_at: Option<WallTime>,
    /// With what it was taken, as far as it says so.
    pub camera: Option<Camera>,
    /// What is served, and the thumbnails, still staged.
    pub picture: StagedPicture,
}

/// Examines uploads: a bounded number at a time, in a bounded amount of memory. Clones share
/// both bounds.
#[derive(Clone)]
pub struct Imaging {
    limits: ImageLimits,
    decoder: Decoder,
    decodes: Arc<Semaphore>,
    /// One permit is one MiB.
    memory: Arc<Semaphore>,
}

impl Imaging {
    /// At most `decodes` at a time, which together need at most `memory_mib` (never less than
    /// one decode may need by itself).
    pub fn new(limits: ImageLimits, decoder: Decoder, decodes: usize, memory_mib: u32) -> Self {
        let memory_mib = memory_mib.max(limits::mib(limits.decode_memory + BESIDE));
        Self {
            limits,
            decoder,
            decodes: Arc::new(Semaphore::new(decodes.max(1))),
            memory: Arc::new(Semaphore::new(memory_mib as usize)),
        }
    }

    /// Examines a staged file: its type by content, its header before anything else, then all of
    /// its structure; a worker decodes it, makes the thumbnails and, unless `keep_metadata`, what
    /// is to be served: the same pixels without what tells of a person. The cheapest check that
    /// refuses is the one that does.
    ///
    /// A decode that runs out of time or memory is [`ImageError::DecodeLimit`]; a decoder that
    /// fails otherwise makes the image [`ImageError::Broken`]. Either way, and when this is
    /// dropped, the worker is ended, and nothing stays of the files.
    pub async fn ingest(
        &self,
        staged: Staged,
        keep_metadata: bool,
    ) -> Result<Ingested, ImageError> {
        let waiting = Counted::by(&METRICS.decodes_waiting);
        let _slot = acquire(&self.decodes, 1).await?;
        let limits = self.limits.clone();
        let path = staged.path().to_owned();
        let examined = tokio::task::spawn_blocking(move || {
            let file = read(&path, limits.bytes)?;
            container::examine(&file, &limits)
        });
        let structure = examined.await.map_err(ImageError::unavailable)??;

        let task = self.task(&structure, staged.bytes(), keep_metadata);
        let _memory = acquire(&self.memory, limits::mib(task.decode_memory)).await?;
        drop(waiting);
        let _running = Counted::by(&METRICS.decodes);
        let folder = staged.folder_beside().await?;
        let patience = self.limits.decode_time * WALL_CLOCK_FACTOR;
        let decoded = self
            .decoder
            .decode(staged.path(), folder.path(), &task, patience);
        match decoded.await? {
            Answer::Taken {
                width,
                height,
                thumbnail_type,
                placeholder,
                taken_at,
                camera,
                rewritten,
            } => {
                let picture = if rewritten {
                    folder.with_its_original().await?
                } else {
                    folder.with_original(staged).await?
                };
                Ok(Ingested {
                    media_type: structure.media_type,
                    animated: structure.animated,
                    width,
                    height,
                    thumbnail_type,
                    placeholder: Placeholder::decode(&placeholder).unwrap_or_default(),
                    taken_at,
                    camera,
                    picture,
                })
            }
            Answer::UnsupportedType => Err(ImageError::UnsupportedType),
            Answer::Broken(why) => Err(ImageError::Broken(why)),
            Answer::DecodeLimit => Err(ImageError::DecodeLimit),
            Answer::Unavailable(why) => Err(ImageError::Unavailable(why)),
            Answer::NoSpace => Err(ImageError::NoSpace),
        }
    }

    /// The limits in force.
    pub fn limits(&self) -> &ImageLimits {
        &self.limits
    }

    fn task(&self, structure: &Structure, bytes: u64, keep_metadata: bool) -> Task {
        let up_to_whole = Duration::from_millis(999);
        Task {
            bytes,
            media_type: structure.media_type,
            lacks_end: structure.lacks_end,
            decode_memory: structure.decode_memory + bytes + BESIDE,
            cpu_seconds: (self.limits.decode_time + up_to_whole).as_secs(),
            keep_metadata,
        }
    }
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ImageError> {
    let mut file = Vec::new();
    let staged = File::open(path).map_err(ImageError::unavailable)?;
    let length = staged.metadata().map_err(ImageError::unavailable)?.len();
    if length > limit {
        return Err(ImageError::TooLarge {
            limit,
            bytes: Some(length),
        });
    }
    file.reserve_exact(usize::try_from(length).map_err(ImageError::unavailable)?);
    staged
        .take(limit)
        .read_to_end(&mut file)
        .map_err(ImageError::unavailable)?;
    Ok(file)
}

async fn acquire(
    semaphore: &Arc<Semaphore>,
    permits: u32,
) -> Result<OwnedSemaphorePermit, ImageError> {
    Arc::clone(semaphore)
        .acquire_many_owned(permits)
        .await
        .map_err(ImageError::unavailable)
}
