//! Blobs: what is stored is there, what is not stored leaves nothing, whatever happens.

mod crash;
mod files;
mod places;
mod s3;
mod s3_server;
mod stores;

use std::path::Path;

use bytes::Bytes;
use imagehub_app::blobs::{
    BlobError, Blobs, Encoding, StagedPicture, ThumbnailSize, bucket, thumbnail_name,
};
use imagehub_app::config::S3Settings;

/// Stages an image of these bytes, with thumbnails that tell each other apart.
async fn picture(blobs: &Blobs, bytes: &[u8]) -> StagedPicture {
    let original = staged(blobs, bytes).await;
    let folder = original.folder_beside().await.unwrap();
    for size in ThumbnailSize::ALL {
        for encoding in Encoding::ALL {
            let path = folder.path().join(thumbnail_name(size, encoding));
            std::fs::write(path, thumbnail(size, encoding)).unwrap();
        }
    }
    folder.with_original(original).await.unwrap()
}

/// What stands in the thumbnails of [`picture`].
fn thumbnail(size: ThumbnailSize, encoding: Encoding) -> String {
    format!("{encoding:?} thumbnail of {} pixels", size.pixels())
}

/// Stages these bytes, in two chunks.
async fn staged(blobs: &Blobs, bytes: &[u8]) -> imagehub_app::blobs::Staged {
    let mut file = blobs.stage(bytes.len() as u64).await.unwrap();
    let (first, second) = bytes.split_at(bytes.len() / 2);
    file.write(first).await.unwrap();
    file.write(second).await.unwrap();
    file.finish().await.unwrap()
}

/// Blobs in a bucket that need not be there.
async fn in_bucket(place: &str, settings: &S3Settings, staging: &Path) -> Result<Blobs, BlobError> {
    Blobs::in_store(bucket(place, settings)?, staging).await
}

async fn read(blob: imagehub_app::blobs::Blob) -> Vec<u8> {
    use futures_util::TryStreamExt as _;
    let chunks: Vec<Bytes> = blob.stream.try_collect().await.unwrap();
    chunks.concat()
}
