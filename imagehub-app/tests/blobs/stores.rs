//! The same promises of a directory, of an object store in memory, and of one that speaks S3.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use imagehub_app::blobs::{BlobError, Blobs, Encoding, FolderName, ThumbnailSize};
use imagehub_app::domain::ImageId;
use imagehub_policy::TenantId;
use object_store::memory::InMemory;
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::s3_server::{BUCKET, S3Server};
use crate::{in_bucket, picture, read, staged, thumbnail};

/// Makes one test for each kind of store out of each named test.
macro_rules! on_every_store {
    ($($test:ident),* $(,)?) => {
        mod directory {
            $(#[tokio::test]
            async fn $test() {
                let folder = tempfile::tempdir().unwrap();
                super::$test(super::in_directory(&folder).await).await;
            })*
        }
        mod memory {
            $(#[tokio::test]
            async fn $test() {
                let folder = tempfile::tempdir().unwrap();
                super::$test(super::in_memory(&folder).await).await;
            })*
        }
        mod s3 {
            $(#[tokio::test]
            async fn $test() {
                let folder = tempfile::tempdir().unwrap();
                let server = crate::s3_server::S3Server::start();
                super::$test(super::in_s3(&server, &folder).await).await;
            })*
        }
    };
}

on_every_store!(
    a_stored_image_is_read_back_with_its_thumbnails,
    a_range_of_an_original_is_read,
    a_large_file_is_written_whole_or_not_at_all,
    an_image_is_another_tenants_nothing,
    a_deleted_image_is_gone_and_may_be_deleted_again,
    an_unfinished_upload_leaves_nothing,
    a_store_that_is_there_checks_out,
    every_folder_is_listed_with_its_files,
    a_removed_folder_is_gone_and_may_be_removed_again,
);

async fn in_directory(folder: &TempDir) -> Blobs {
    let blobs = folder.path().join("blobs");
    Blobs::in_directory(&blobs, &folder.path().join("staging"))
        .await
        .unwrap()
}

async fn in_memory(folder: &TempDir) -> Blobs {
    Blobs::in_store(Arc::new(InMemory::new()), &folder.path().join("staging"))
        .await
        .unwrap()
}

async fn in_s3(server: &S3Server, folder: &TempDir) -> Blobs {
    let place = format!("s3://{BUCKET}/some/where");
    in_bucket(&place, &server.settings(), &folder.path().join("staging"))
        .await
        .unwrap()
}

async fn a_stored_image_is_read_back_with_its_thumbnails(blobs: Blobs) {
    let (tenant, id) = (ada(), ImageId::random());
    let bytes: Vec<u8> = (0..2_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    let picture = picture(&blobs, &bytes).await;
    assert_eq!(picture.original().bytes, bytes.len() as u64);
    blobs.store(&tenant, &id, picture).await.unwrap();

    let original = blobs.original(&tenant, &id, None).await.unwrap();
    assert_eq!(original.size, bytes.len() as u64);
    assert!(read(original).await == bytes);
    for size in ThumbnailSize::ALL {
        for encoding in Encoding::ALL {
            let found = blobs.thumbnail(&tenant, &id, size, encoding).await.unwrap();
            assert_eq!(read(found).await, thumbnail(size, encoding).as_bytes());
        }
    }
}

async fn a_range_of_an_original_is_read(blobs: Blobs) {
    let (tenant, id) = (ada(), ImageId::random());
    let picture = picture(&blobs, b"0123456789").await;
    blobs.store(&tenant, &id, picture).await.unwrap();
    let part = blobs.original(&tenant, &id, Some(3..7)).await.unwrap();
    assert_eq!((part.size, part.range.clone()), (10, 3..7));
    assert_eq!(read(part).await, b"3456");
    let end = blobs.original(&tenant, &id, Some(8..100)).await.unwrap();
    assert_eq!(end.range, 8..10);
    assert_eq!(read(end).await, b"89");
}

async fn a_large_file_is_written_whole_or_not_at_all(blobs: Blobs) {
    let (ada, id) = (ada(), ImageId::random());
    let piece = Bytes::from(vec![7; 1_000_000]);
    let pieces = |count| stream::iter(vec![piece.clone(); count]).map(Ok);
    // Before and after the first part is full.
    for count in [1, 12] {
        let broken = pieces(count).chain(stream::iter([Err(BlobError::NoSpace)]));
        let written = blobs.write(&ada, &id, "original", broken.boxed());
        assert!(matches!(written.await, Err(BlobError::NoSpace)));
        assert!(blobs.folder(&ada, &id).await.unwrap().is_none());
    }
    for count in [0, 1, 12] {
        let written = blobs.write(&ada, &id, "original", pieces(count).boxed());
        written.await.unwrap();
        let whole = blobs.original(&ada, &id, None).await.unwrap();
        assert!(read(whole).await == piece.repeat(count));
    }
    let large = picture(&blobs, &piece.repeat(12)).await;
    let other = ImageId::random();
    blobs.store(&ada, &other, large).await.unwrap();
    let whole = blobs.original(&ada, &other, None).await.unwrap();
    assert!(read(whole).await == piece.repeat(12));
}

async fn an_image_is_another_tenants_nothing(blobs: Blobs) {
    let id = ImageId::random();
    let picture = picture(&blobs, b"ada's").await;
    blobs.store(&ada(), &id, picture).await.unwrap();
    let bob = TenantId::parse("bob").unwrap();
    let read = blobs.original(&bob, &id, None).await;
    assert!(matches!(read, Err(BlobError::NotFound)));
}

async fn a_deleted_image_is_gone_and_may_be_deleted_again(blobs: Blobs) {
    let (tenant, id) = (ada(), ImageId::random());
    let picture = picture(&blobs, b"bytes").await;
    blobs.store(&tenant, &id, picture).await.unwrap();
    for _ in 0..2 {
        blobs.delete(&tenant, &id).await.unwrap();
    }
    let read = blobs.original(&tenant, &id, None).await;
    assert!(matches!(read, Err(BlobError::NotFound)));
    for encoding in Encoding::ALL {
        let read = blobs
            .thumbnail(&tenant, &id, ThumbnailSize::S160, encoding)
            .await;
        assert!(matches!(read, Err(BlobError::NotFound)));
    }
}

async fn an_unfinished_upload_leaves_nothing(blobs: Blobs) {
    let mut file = blobs.stage(10).await.unwrap();
    file.write(b"01234").await.unwrap();
    assert!(matches!(
        file.write(b"567890").await,
        Err(BlobError::TooLarge { limit: 10 })
    ));
    drop(file);
    let whole = staged(&blobs, b"whole").await;
    let path = whole.path().to_owned();
    assert!(path.exists());
    drop(whole);
    drop(picture(&blobs, b"whole and with thumbnails").await);
    assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 0);
}

async fn a_store_that_is_there_checks_out(blobs: Blobs) {
    blobs.check().await.unwrap();
}

async fn every_folder_is_listed_with_its_files(blobs: Blobs) {
    let ids = [ImageId::random(), ImageId::random()];
    for id in &ids {
        keep(&blobs, id).await;
    }
    let folders: Vec<_> = blobs.folders().try_collect().await.unwrap();
    assert_eq!(folders.len(), ids.len());
    for id in ids {
        let name = FolderName::Image(ada(), id.clone());
        let listed = folders.iter().find(|folder| folder.name == name).unwrap();
        let alone = blobs.folder(&ada(), &id).await.unwrap().unwrap();
        for folder in [listed, &alone] {
            assert!(folder.files.contains(&("original".to_owned(), 5)));
            assert!(folder.files.len() > 4);
            assert!(folder.written > OffsetDateTime::now_utc() - Duration::from_secs(60));
        }
    }
}

async fn a_removed_folder_is_gone_and_may_be_removed_again(blobs: Blobs) {
    let id = ImageId::random();
    keep(&blobs, &id).await;
    let folder = blobs.folder(&ada(), &id).await.unwrap().unwrap();
    for _ in 0..2 {
        blobs.remove(&folder).await.unwrap();
    }
    assert!(blobs.folder(&ada(), &id).await.unwrap().is_none());
}

async fn keep(blobs: &Blobs, id: &ImageId) {
    let picture = picture(blobs, b"bytes").await;
    blobs.store(&ada(), id, picture).await.unwrap();
}

fn ada() -> TenantId {
    TenantId::parse("ada").unwrap()
}
