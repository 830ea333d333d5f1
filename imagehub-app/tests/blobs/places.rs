//! One place for the pictures of several catalogues.

use std::path::Path;

use futures_util::TryStreamExt as _;
use imagehub_app::blobs::{BlobError, Blobs, Place};
use imagehub_app::config::S3Settings;
use imagehub_app::domain::CatalogueId;
use imagehub_app::domain::ImageId;
use imagehub_policy::TenantId;

use crate::picture;
use crate::s3_server::{BUCKET, S3Server};

#[tokio::test]
async fn a_catalogue_sees_none_of_anothers_pictures_in_a_directory() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("blobs");
    sees_none_of_anothers(
        place.to_str().unwrap(),
        &S3Settings::default(),
        folder.path(),
    )
    .await;
}

#[tokio::test]
async fn a_catalogue_sees_none_of_anothers_pictures_in_a_bucket() {
    let (server, folder) = (S3Server::start(), tempfile::tempdir().unwrap());
    let place = format!("s3://{BUCKET}/some/where");
    sees_none_of_anothers(&place, &server.settings(), folder.path()).await;
}

async fn sees_none_of_anothers(place: &str, s3: &S3Settings, folder: &Path) {
    let place = Place::open(place, s3, &folder.join("staging")).unwrap();
    let (one, other) = (CatalogueId::random(), CatalogueId::random());
    let first = place.of(&one).await.unwrap();
    assert!(first.is_new && first.others.is_empty());
    let (tenant, id) = (TenantId::parse("ada").unwrap(), ImageId::random());
    let bytes = picture(&first.blobs, b"bytes").await;
    first.blobs.store(&tenant, &id, bytes).await.unwrap();

    let second = place.of(&other).await.unwrap();
    assert!(second.is_new);
    assert_eq!(second.others, std::slice::from_ref(&one));
    let read = second.blobs.original(&tenant, &id, None).await;
    assert!(matches!(read, Err(BlobError::NotFound)));
    assert!(listed(&second.blobs).await.is_empty());

    let again = place.of(&one).await.unwrap();
    assert!(!again.is_new);
    assert_eq!(listed(&again.blobs).await.len(), 1);
}

async fn listed(blobs: &Blobs) -> Vec<imagehub_app::blobs::Folder> {
    blobs.folders().try_collect().await.unwrap()
}
