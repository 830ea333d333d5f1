//! Blobs: what is stored is there, what is not stored leaves nothing, whatever happens.

mod crash;
mod files;
mod stores;

use bytes::Bytes;
use imagehub_app::blobs::Blobs;
use imagehub_app::catalogue::MediaType;
use imagehub_app::imaging::{Thumbnail, ThumbnailSize};

/// Four thumbnails that tell each other apart.
fn thumbnails() -> [Thumbnail; 4] {
    ThumbnailSize::ALL.map(|size| Thumbnail {
        size,
        media_type: MediaType::Jpeg,
        width: size.pixels(),
        height: size.pixels(),
        bytes: Bytes::from(format!("thumbnail of {} pixels", size.pixels())),
    })
}

/// Stages these bytes, in two chunks.
async fn staged(blobs: &Blobs, bytes: &[u8]) -> imagehub_app::blobs::Staged {
    let mut file = blobs.stage(bytes.len() as u64).await.unwrap();
    let (first, second) = bytes.split_at(bytes.len() / 2);
    file.write(first).await.unwrap();
    file.write(second).await.unwrap();
    file.finish().await.unwrap()
}

async fn read(blob: imagehub_app::blobs::Blob) -> Vec<u8> {
    use futures_util::TryStreamExt as _;
    let chunks: Vec<Bytes> = blob.stream.try_collect().await.unwrap();
    chunks.concat()
}
