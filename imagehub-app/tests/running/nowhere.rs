//! Commands whose settings lead to a wrong place: nothing is made there, nor anywhere else.

use std::path::Path;

use crate::house::inhabited;
use crate::moving::{elsewhere, with};
use crate::redis_server::RedisServer;
use crate::run;
use crate::s3_server::{BUCKET, S3Server};

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

async fn moved_to(redis: &RedisServer, s3: &S3Server) -> Vec<String> {
    let (hub, _) = inhabited().await;
    let flags = elsewhere(redis, s3);
    let to = [
        format!("--to-redis={}", redis.url()),
        format!("--to-blobs=s3://{BUCKET}/moved"),
    ];
    let data: &Path = hub.data.path();
    run(data, &with(&["migrate", &to[0], &to[1]], &flags[2..])).unwrap();
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
    let right = moved_to(&redis, &s3).await;
    for wrong in ["s3://elsewhere/moved", "s3://pictures/elsewhere"] {
        let mut flags = right.clone();
        flags[1] = format!("--blobs={wrong}");
        let setting = match wrong.contains("elsewhere/") {
            true => "NoSuchBucket",
            false => "IMAGEHUB_BLOBS",
        };
        expect_refusal(&flags, setting);
    }
    assert!(!s3.place("elsewhere").exists());
}
