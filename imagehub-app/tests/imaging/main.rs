//! What is taken for an image, what is refused and why, and what the thumbnails are like.

mod corpus;
mod exif_file;
mod metadata;
mod private_metadata;
mod refusals;
mod taken;
mod thumbnails;
mod workers;

use std::path::{Path, PathBuf};

use imagehub_app::blobs::{Blobs, Encoding, ORIGINAL, Staged, ThumbnailSize, thumbnail_name};
use imagehub_app::domain::{Camera, ImageId, MediaType, Placeholder, WallTime};
use imagehub_app::imaging::{Decoder, ImageError, ImageLimits, Imaging, Ingested};
use imagehub_policy::TenantId;
use tempfile::TempDir;

/// The program whose workers decode: the one under test, not the test's own.
fn decoder() -> Decoder {
    Decoder::at(env!("CARGO_BIN_EXE_imagehub-app"))
}

fn imaging(limits: ImageLimits) -> Imaging {
    Imaging::new(limits, decoder(), 2, 512)
}

/// A place for files on their way in.
struct Desk {
    folder: TempDir,
    blobs: Blobs,
}

impl Desk {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        let blobs = Blobs::in_directory(&place("blobs"), &place("staging")).await;
        let blobs = blobs.unwrap();
        Self { folder, blobs }
    }

    async fn stage(&self, file: &[u8]) -> Staged {
        let mut staged = self.blobs.stage(u64::MAX).await.unwrap();
        staged.write(file).await.unwrap();
        staged.finish().await.unwrap()
    }

    /// Files and folders that are still on their way.
    fn waiting(&self) -> usize {
        let places = self.folder.path().join("staging").read_dir().unwrap();
        places
            .map(|place| place.unwrap().path())
            .filter(|place| place.is_dir())
            .map(|process| process.read_dir().unwrap().count())
            .sum()
    }
}

/// An image that was taken, in place.
struct Taken {
    media_type: MediaType,
    width: u32,
    height: u32,
    thumbnail_type: MediaType,
    placeholder: Placeholder,
    taken_at: Option<WallTime>,
    camera: Option<Camera>,
    bytes: u64,
    digest: String,
    folder: PathBuf,
    _desk: Desk,
}

impl Taken {
    async fn new(desk: Desk, ingested: Ingested) -> Self {
        let (tenant, id) = (TenantId::parse("ada").unwrap(), ImageId::random());
        let original = ingested.picture.original();
        let (bytes, digest) = (original.bytes, original.digest);
        let stored = desk.blobs.store(&tenant, &id, ingested.picture).await;
        stored.unwrap();
        Self {
            media_type: ingested.media_type,
            width: ingested.width,
            height: ingested.height,
            thumbnail_type: ingested.thumbnail_type,
            placeholder: ingested.placeholder,
            taken_at: ingested.taken_at,
            camera: ingested.camera,
            bytes,
            digest: digest.hex(),
            folder: desk.folder.path().join("blobs/ada").join(id.as_str()),
            _desk: desk,
        }
    }

    /// What a pull serves.
    fn original(&self) -> Vec<u8> {
        read(&self.folder, ORIGINAL)
    }

    fn thumbnail(&self, size: ThumbnailSize, encoding: Encoding) -> Vec<u8> {
        read(&self.folder, thumbnail_name(size, encoding))
    }
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap()
}

/// Examines these bytes as an upload would be.
async fn ingest(file: &[u8], limits: ImageLimits) -> Result<Taken, ImageError> {
    ingest_keeping(file, limits, false).await
}

async fn ingest_keeping(
    file: &[u8],
    limits: ImageLimits,
    metadata: bool,
) -> Result<Taken, ImageError> {
    let desk = Desk::new().await;
    let staged = desk.stage(file).await;
    match imaging(limits).ingest(staged, metadata).await {
        Ok(ingested) => Ok(Taken::new(desk, ingested).await),
        Err(error) => {
            assert_eq!(desk.waiting(), 0, "{error} leaves files behind");
            Err(error)
        }
    }
}

/// Takes these bytes, which are an image within the usual limits.
async fn taken(file: &[u8]) -> Taken {
    ingest(file, ImageLimits::default()).await.unwrap()
}

/// Takes these bytes and returns what is served for them.
async fn served(file: &[u8]) -> Vec<u8> {
    taken(file).await.original()
}

/// The code these bytes are refused with.
async fn refused(file: &[u8], limits: ImageLimits) -> &'static str {
    match ingest(file, limits).await {
        Ok(_) => "taken",
        Err(error) => error.code(),
    }
}
