//! Commands whose settings lead to a wrong place: nothing is made there, nor anywhere else.

use crate::backups::{elsewhere, with};
use crate::filled_hub::filled;
use crate::redis_server::RedisServer;
use crate::run;
use crate::s3_server::S3Server;

/// What is refused with a word on a setting, and makes neither a backup nor a data directory.
fn expect_refusal(flags: &[String], setting: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let command = with(&["backup", backup.to_str().unwrap()], flags);
    let refused = run(&data, &command).unwrap_err();
    assert!(refused.contains(setting), "{refused}");
    let made: Vec<_> = folder.path().read_dir().unwrap().collect();
    assert!(made.is_empty(), "{made:?}");
}

async fn restored_to(redis: &RedisServer, s3: &S3Server) -> Vec<String> {
    let (hub, _) = filled().await;
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    run(hub.data.path(), &["backup", backup.to_str().unwrap()]).unwrap();
    let flags = elsewhere(redis, s3);
    let restore = with(&["restore", backup.to_str().unwrap()], &flags);
    run(&folder.path().join("data"), &restore).unwrap();
    flags
}

#[tokio::test]
async fn another_redis_stays_as_empty_as_it_is() {
    let (server, s3) = (RedisServer::start(), S3Server::start());
    expect_refusal(&elsewhere(&server, &s3), "IMAGEHUB_REDIS_URL");
    let mut connection = redis::Client::open(server.url())
        .and_then(|client| client.get_connection())
        .unwrap();
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    assert_eq!(keys, Vec::<String>::new());
}

#[tokio::test]
async fn another_bucket_is_not_written_to() {
    let (redis, s3) = (RedisServer::start(), S3Server::start());
    let mut flags = restored_to(&redis, &s3).await;
    flags[1] = "--blobs=s3://elsewhere/restored".to_owned();
    expect_refusal(&flags, "NoSuchBucket");

    flags[1] = "--blobs=s3://pictures/elsewhere".to_owned();
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let command = with(&["backup", backup.to_str().unwrap()], &flags);
    let refused = run(&folder.path().join("data"), &command).unwrap_err();
    assert!(refused.contains("IMAGEHUB_BLOBS"), "{refused}");
    assert!(!s3.place("elsewhere").exists());
}
