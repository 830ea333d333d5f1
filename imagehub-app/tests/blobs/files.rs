//! What becomes of the files in a directory.

use std::path::Path;

use imagehub_app::blobs::{BlobError, Blobs};
use imagehub_app::catalogue::ImageId;
use imagehub_policy::TenantId;

use crate::picture;

#[tokio::test]
async fn an_image_is_one_folder_and_nothing_stays_in_staging() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = open(folder.path()).await;
    let (tenant, id) = (TenantId::parse("ada").unwrap(), ImageId::random());
    let picture = picture(&blobs, b"bytes").await;
    blobs.store(&tenant, &id, picture).await.unwrap();
    let place = folder.path().join("blobs/ada").join(id.as_str());
    assert_eq!(
        names(&place),
        [
            "original",
            "thumb-1280",
            "thumb-1280.webp",
            "thumb-160",
            "thumb-160.webp",
            "thumb-320",
            "thumb-320.webp",
            "thumb-640",
            "thumb-640.webp",
        ]
    );
    assert!(names(&folder.path().join("staging")).is_empty());

    blobs.delete(&tenant, &id).await.unwrap();
    assert!(!place.exists());
}

#[tokio::test]
async fn what_a_killed_process_left_in_staging_goes_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let staging = folder.path().join("staging");
    std::fs::create_dir_all(staging.join("0123456789abcdef")).unwrap();
    std::fs::write(staging.join("0123456789abcdef/original"), "half").unwrap();
    std::fs::write(staging.join("fedcba.upload"), "ha").unwrap();
    let blobs = open(folder.path()).await;
    assert!(names(&staging).is_empty());
    blobs.check().await.unwrap();
}

#[tokio::test]
async fn a_folder_that_has_gone_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = open(folder.path()).await;
    std::fs::remove_dir_all(folder.path().join("blobs")).unwrap();
    assert!(matches!(blobs.check().await, Err(BlobError::NotFound)));
}

#[tokio::test]
async fn a_file_in_the_folders_place_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("blobs"), "in the way").unwrap();
    let (blobs, staging) = (folder.path().join("blobs"), folder.path().join("staging"));
    let opened = Blobs::in_directory(&blobs, &staging);
    assert!(matches!(opened.await, Err(BlobError::Unavailable(_))));
}

async fn open(folder: &Path) -> Blobs {
    Blobs::in_directory(&folder.join("blobs"), &folder.join("staging"))
        .await
        .unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
