//! What goes wrong with a bucket is told from an image that is not there.

use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use imagehub_app::blobs::{BlobError, Blobs};
use imagehub_app::config::S3Settings;
use imagehub_app::domain::ImageId;
use imagehub_policy::TenantId;

use crate::files::unfinished;
use crate::s3_server::{BUCKET, S3Server};
use crate::{in_bucket, picture, staged};

#[tokio::test]
async fn a_bucket_that_is_not_there_is_unavailable() {
    let server = S3Server::start();
    let folder = tempfile::tempdir().unwrap();
    let blobs = in_bucket("s3://elsewhere", &server.settings(), folder.path())
        .await
        .unwrap();
    let Err(BlobError::Unavailable(text)) = blobs.check().await else {
        panic!("a bucket that is not there checks out");
    };
    assert!(text.contains("NoSuchBucket"), "{text}");
    let (tenant, id) = (TenantId::parse("ada").unwrap(), ImageId::random());
    for outcome in [
        blobs.original(&tenant, &id, None).await.map(drop),
        // The answer to a HEAD has no body that could say so.
        blobs.original_size(&tenant, &id).await.map(drop),
    ] {
        let unavailable = matches!(outcome, Err(BlobError::Unavailable(_)));
        assert!(unavailable, "{outcome:?}");
    }
}

#[tokio::test]
async fn a_wrong_key_is_unavailable_and_says_so() {
    let server = S3Server::start();
    let wrong = S3Settings {
        secret_access_key: Some("wrong".to_owned()),
        ..server.settings()
    };
    let place = format!("s3://{BUCKET}");
    expect_unavailable(&place, &wrong, "SignatureDoesNotMatch").await;
}

#[tokio::test]
async fn a_service_by_https_is_spoken_to_by_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = S3Settings {
        endpoint: Some(format!("https://{}", listener.local_addr().unwrap())),
        region: Some("us-east-1".to_owned()),
        access_key_id: Some("key".to_owned()),
        secret_access_key: Some("secret".to_owned()),
        allow_http: false,
    };
    let greeting = std::thread::spawn(move || {
        let mut first = [0; 2];
        let (mut connection, _) = listener.accept().unwrap();
        connection.read_exact(&mut first).unwrap();
        first
    });
    expect_unavailable(&format!("s3://{BUCKET}"), &settings, "").await;
    const HANDSHAKE: [u8; 2] = [22, 3];
    assert_eq!(greeting.join().unwrap(), HANDSHAKE);
}

#[tokio::test]
async fn a_server_that_is_away_is_unavailable_within_seconds() {
    let server = S3Server::start();
    let settings = server.settings();
    drop(server);
    let begun = Instant::now();
    expect_unavailable(&format!("s3://{BUCKET}"), &settings, "onnect").await;
    assert!(begun.elapsed() < Duration::from_secs(15));

    let folder = tempfile::tempdir().unwrap();
    let blobs = in_bucket("s3://elsewhere", &settings, folder.path())
        .await
        .unwrap();
    let (tenant, id) = (TenantId::parse("ada").unwrap(), ImageId::random());
    let picture = picture(&blobs, b"bytes").await;
    let stored = blobs.store(&tenant, &id, picture).await;
    assert!(matches!(stored, Err(BlobError::Unavailable(_))));
}

#[tokio::test]
async fn tls_is_spoken_to_an_endpoint_that_says_https() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}", listener.local_addr().unwrap());
    let settings = S3Settings {
        endpoint: Some(endpoint),
        access_key_id: Some("key".to_owned()),
        secret_access_key: Some("secret".to_owned()),
        ..S3Settings::default()
    };
    let greeting = std::thread::spawn(move || {
        use std::io::Read as _;
        let (mut peer, _) = listener.accept().unwrap();
        let mut first = [0; 3];
        peer.read_exact(&mut first).unwrap();
        first
    });
    let folder = tempfile::tempdir().unwrap();
    let blobs = in_bucket("s3://bucket", &settings, folder.path());
    let checked = blobs.await.unwrap().check().await;
    assert!(matches!(checked, Err(BlobError::Unavailable(_))));
    // A handshake's record (22) of TLS (3, …).
    assert_eq!(greeting.join().unwrap()[..2], [22, 3]);
}

#[tokio::test]
async fn an_endpoint_without_encryption_is_refused_at_once_unless_it_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = S3Settings {
        allow_http: false,
        ..S3Server::start().settings()
    };
    let opened = in_bucket("s3://bucket", &settings, folder.path()).await;
    let Err(BlobError::Unavailable(why)) = opened.map(drop) else {
        panic!("it is taken");
    };
    assert!(why.contains("IMAGEHUB_S3_ALLOW_HTTP"), "{why}");
}

#[tokio::test]
async fn two_prefixes_of_a_bucket_do_not_meet() {
    let server = S3Server::start();
    let folder = tempfile::tempdir().unwrap();
    let open = async |prefix: &str| {
        let place = format!("s3://{BUCKET}/{prefix}");
        in_bucket(&place, &server.settings(), folder.path())
            .await
            .unwrap()
    };
    let (one, other) = (open("one").await, open("other/deeper").await);
    let (tenant, id) = (TenantId::parse("ada").unwrap(), ImageId::random());
    let picture = picture(&one, b"bytes").await;
    one.store(&tenant, &id, picture).await.unwrap();
    assert!(one.original(&tenant, &id, None).await.is_ok());
    let read = other.original(&tenant, &id, None).await;
    assert!(matches!(read, Err(BlobError::NotFound)));
}

#[tokio::test]
async fn an_upload_that_nobody_waits_for_any_more_leaves_nothing() {
    let (server, folder) = (S3Server::start(), tempfile::tempdir().unwrap());
    let blobs = in_the_bucket(&server, folder.path()).await;
    let (tenant, id) = (TenantId::parse("ada").unwrap(), ImageId::random());
    let picture = picture(&blobs, &vec![7; LARGE]).await;
    {
        let storing = pin!(blobs.store(&tenant, &id, picture));
        let begun = pin!(until(|| !server.unfinished().is_empty()));
        let first = select(storing, begun).await;
        assert!(matches!(first, Either::Right(_)), "it was stored at once");
    }
    until(|| unfinished(folder.path()).is_empty()).await;
    assert_eq!(server.unfinished(), Vec::<String>::new());
    assert!(blobs.folder(&tenant, &id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_file_that_cannot_be_put_leaves_nothing_of_the_others() {
    let (server, folder) = (S3Server::start(), tempfile::tempdir().unwrap());
    let blobs = in_the_bucket(&server, folder.path()).await;
    let (tenant, id) = (TenantId::parse("ada").unwrap(), ImageId::random());
    let in_the_way = server.place(&format!("ada/{id}/in-the-way/of-it"));
    std::fs::create_dir_all(in_the_way).unwrap();

    let original = staged(&blobs, &vec![7; LARGE]).await;
    let files = original.folder_beside().await.unwrap();
    for name in ["in-the-way", "thumb-160"] {
        std::fs::write(files.path().join(name), "small").unwrap();
    }
    let picture = files.with_original(original).await.unwrap();
    let stored = blobs.store(&tenant, &id, picture).await;
    assert!(
        matches!(stored, Err(BlobError::Unavailable(_))),
        "{stored:?}"
    );
    assert_eq!(server.unfinished(), Vec::<String>::new());
    assert!(blobs.folder(&tenant, &id).await.unwrap().is_none());
}

/// Bytes that take many parts.
const LARGE: usize = 48 * 1024 * 1024;

async fn in_the_bucket(server: &S3Server, folder: &Path) -> Blobs {
    let place = format!("s3://{BUCKET}");
    let (settings, staging) = (server.settings(), folder.join("staging"));
    let blobs = in_bucket(&place, &settings, &staging).await;
    blobs.unwrap()
}

async fn until(comes_about: impl Fn() -> bool) {
    while !comes_about() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn expect_unavailable(place: &str, settings: &S3Settings, cause: &str) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = in_bucket(place, settings, folder.path()).await.unwrap();
    let (tenant, id) = (TenantId::parse("ada").unwrap(), ImageId::random());
    let read = blobs.original(&tenant, &id, None).await.map(drop);
    for outcome in [blobs.check().await, read] {
        let Err(BlobError::Unavailable(text)) = outcome else {
            panic!("{outcome:?} is not unavailable");
        };
        assert!(text.contains(cause), "{text}");
    }
}
