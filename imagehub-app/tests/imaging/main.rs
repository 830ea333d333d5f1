//! What is taken for an image, what is refused and why, and what the thumbnails are like.

mod corpus;
mod refusals;
mod thumbnails;

use imagehub_app::imaging::{ImageError, ImageLimits, Imaging, Ingested};

/// Examines these bytes as an upload would be.
async fn ingest(file: &[u8], limits: ImageLimits) -> Result<Ingested, ImageError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("staged");
    std::fs::write(&path, file).unwrap();
    Imaging::new(limits, 2, 512).ingest(&path).await
}

/// Takes these bytes, which are an image within the usual limits.
async fn taken(file: &[u8]) -> Ingested {
    ingest(file, ImageLimits::default()).await.unwrap()
}

/// The code these bytes are refused with.
async fn refused(file: &[u8], limits: ImageLimits) -> &'static str {
    ingest(file, limits).await.unwrap_err().code()
}
