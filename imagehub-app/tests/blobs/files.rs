//! What becomes of the files in a directory.

use std::path::{Path, PathBuf};

use imagehub_app::blobs::{BlobError, Blobs};
use imagehub_app::domain::ImageId;
use imagehub_policy::TenantId;

use crate::{picture, staged};

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
    assert!(unfinished(folder.path()).is_empty());

    blobs.delete(&tenant, &id).await.unwrap();
    assert!(!place.exists());
}

#[tokio::test]
async fn what_a_killed_process_left_in_staging_goes_at_the_next_start_and_with_a_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let staging = folder.path().join("staging");
    let leave = || {
        std::fs::create_dir_all(staging.join("0123456789abcdef")).unwrap();
        std::fs::write(staging.join("0123456789abcdef/original"), "half").unwrap();
        std::fs::write(staging.join("0123456789abcdef.held"), "").unwrap();
        std::fs::write(staging.join("fedcba.upload"), "ha").unwrap();
    };
    leave();
    let blobs = open(folder.path()).await;
    assert!(!staging.join("0123456789abcdef").exists());
    assert!(!staging.join("fedcba.upload").exists());

    leave();
    let removed = blobs.sweep_staging().await.unwrap();
    assert_eq!(removed, 2);
    assert!(!staging.join("0123456789abcdef").exists());
    blobs.check().await.unwrap();
}

#[tokio::test]
async fn a_sweep_leaves_uploads_under_way_alone_however_long_they_take() {
    let folder = tempfile::tempdir().unwrap();
    let one = open(folder.path()).await;
    let begun = staged(&one, b"bytes").await;
    let other = open(folder.path()).await;
    other.sweep_staging().await.unwrap();
    one.sweep_staging().await.unwrap();
    assert!(begun.path().exists());
}

#[tokio::test]
async fn a_folder_that_has_gone_is_away_with_all_its_images_and_is_not_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (blobs, place) = (open(folder.path()).await, folder.path().join("blobs"));
    let (tenant, id) = (TenantId::parse("ada").unwrap(), ImageId::random());
    let kept = picture(&blobs, b"kept").await;
    blobs.store(&tenant, &id, kept).await.unwrap();
    let away = folder.path().join("away");
    std::fs::rename(&place, &away).unwrap();

    let other = picture(&blobs, b"other").await;
    for outcome in [
        blobs.check().await,
        blobs.original(&tenant, &id, None).await.map(drop),
        blobs.original_size(&tenant, &id).await.map(drop),
        blobs.read(&tenant, &id, "original").await.map(drop),
        blobs.store(&tenant, &ImageId::random(), other).await,
    ] {
        let unavailable = matches!(outcome, Err(BlobError::Unavailable(_)));
        assert!(unavailable, "{outcome:?}");
    }
    assert!(!place.exists());
    assert!(unfinished(folder.path()).is_empty());

    std::fs::rename(&away, &place).unwrap();
    blobs.original(&tenant, &id, None).await.unwrap();
}

#[tokio::test]
async fn a_staging_folder_that_has_gone_is_made_anew_and_held_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = open(folder.path()).await;
    let staging = folder.path().join("staging");
    let own = processes(folder.path()).pop().unwrap();
    for lost in [&own, &staging] {
        std::fs::remove_dir_all(lost).unwrap();
        let begun = staged(&blobs, b"bytes").await;
        open(folder.path()).await;
        assert!(begun.path().exists());
    }
}

#[tokio::test]
async fn an_image_that_cannot_be_put_in_place_leaves_nothing_there() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = open(folder.path()).await;
    std::fs::write(folder.path().join("blobs/ada"), "in the way").unwrap();
    let (tenant, id) = (TenantId::parse("ada").unwrap(), ImageId::random());
    let stored = blobs.store(&tenant, &id, picture(&blobs, b"bytes").await);
    assert!(matches!(stored.await, Err(BlobError::Unavailable(_))));
    assert!(unfinished(folder.path()).is_empty());
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

/// The files being written, of every process.
pub fn unfinished(folder: &Path) -> Vec<String> {
    let processes = processes(folder).into_iter();
    processes.flat_map(|process| names(&process)).collect()
}

/// The folders that processes stage in.
fn processes(folder: &Path) -> Vec<PathBuf> {
    let staging = folder.join("staging");
    let places = names(&staging).into_iter().map(|name| staging.join(name));
    places.filter(|place| place.is_dir()).collect()
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
