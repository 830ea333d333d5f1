//! Everything taken elsewhere, with nothing lost.

use std::path::Path;

use reqwest::Method;

use crate::house::inhabited;
use crate::redis_server::RedisServer;
use crate::s3_server::{BUCKET, S3Server};
use crate::world::{Hub, code};
use crate::{folders, kill, run};

pub fn elsewhere(redis: &RedisServer, s3: &S3Server) -> Vec<String> {
    let s3 = s3.settings();
    vec![
        format!("--redis-url={}", redis.url()),
        format!("--blobs=s3://{BUCKET}/moved"),
        format!("--s3-endpoint={}", s3.endpoint.unwrap()),
        format!("--s3-access-key-id={}", s3.access_key_id.unwrap()),
        format!("--s3-secret-access-key={}", s3.secret_access_key.unwrap()),
        "--s3-allow-http".to_owned(),
    ]
}

pub fn with<'a>(command: &[&'a str], flags: &'a [String]) -> Vec<&'a str> {
    let flags = flags.iter().map(String::as_str);
    command.iter().copied().chain(flags).collect()
}

#[tokio::test]
async fn a_backup_is_restored_to_redis_and_s3_and_moved_back_with_nothing_lost() {
    let (hub, house) = inhabited().await;
    let before = house.seen(&hub).await;
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let backup = backup.to_str().unwrap();
    // The application serves meanwhile.
    run(hub.data.path(), &["backup", backup]).unwrap();
    drop(hub);

    let (redis, s3) = (RedisServer::start(), S3Server::start());
    let flags = elsewhere(&redis, &s3);
    let data = tempfile::tempdir().unwrap();
    run(data.path(), &with(&["restore", backup], &flags)).unwrap();
    let mesh = with(&["--limits", "mesh"], &flags);
    let hub = Hub::start_in(data, &mesh);
    assert_eq!(house.seen(&hub).await, before);
    let data = kill(hub);

    let home = tempfile::tempdir().unwrap();
    let blobs = home.path().join("blobs");
    let to = [
        "migrate",
        "--to-data",
        home.path().to_str().unwrap(),
        "--to-blobs",
        blobs.to_str().unwrap(),
    ];
    run(data.path(), &with(&to, &flags)).unwrap();
    let hub = Hub::start_in(home, &["--limits", "mesh"]);
    assert_eq!(house.seen(&hub).await, before);
}

#[tokio::test]
async fn the_house_moves_to_redis_and_s3_at_once_and_the_old_one_stays() {
    let (hub, house) = inhabited().await;
    let before = house.seen(&hub).await;
    let old = kill(hub);
    let (redis, s3) = (RedisServer::start(), S3Server::start());
    let flags = elsewhere(&redis, &s3);
    let to = [
        format!("--to-redis={}", redis.url()),
        format!("--to-blobs=s3://{BUCKET}/moved"),
    ];
    let command = [&["migrate", &to[0], &to[1]], &with(&[], &flags[2..])[..]].concat();
    let said = run(old.path(), &command).unwrap();
    assert!(said.contains("5 of 5 images are there"), "{said}");
    assert!(run(old.path(), &command).is_err(), "it is not empty now");

    let mesh = with(&["--limits", "mesh"], &flags);
    let hub = Hub::start_in(tempfile::tempdir().unwrap(), &mesh);
    assert_eq!(hub.get("/readyz").await.status(), 200);
    assert_eq!(house.seen(&hub).await, before);
    let new = kill(hub);
    let sweep = with(&["sweep", "--sweep-grace-seconds", "0"], &flags);
    let swept = run(new.path(), &sweep).unwrap();
    assert!(swept.contains(" 0 folders"), "{swept}");
    let hub = Hub::start_in(old, &["--limits", "mesh"]);
    assert_eq!(house.seen(&hub).await, before);
}

#[tokio::test]
async fn a_move_that_fails_leaves_no_unfinished_upload_in_the_bucket() {
    let (hub, _) = inhabited().await;
    let data = kill(hub);
    let (redis, s3) = (RedisServer::start(), S3Server::start());
    let ids = folders(&data.path().join("blobs"), "ada");
    // One takes many parts, and is under way when another one cannot be written.
    let large = data.path().join("blobs/ada").join(&ids[0]).join("original");
    let large = std::fs::File::options().write(true).open(large).unwrap();
    large.set_len(64 * 1024 * 1024).unwrap();
    let in_the_way = s3.place(&format!("moved/ada/{}/original/something", ids[1]));
    std::fs::create_dir_all(in_the_way).unwrap();

    let to = format!("--to-blobs=s3://{BUCKET}/moved");
    let flags = elsewhere(&redis, &s3);
    let command = with(&["migrate", &to], &flags[2..]);
    run(data.path(), &command).unwrap_err();
    assert_eq!(s3.unfinished(), Vec::<String>::new());
}

#[tokio::test]
async fn a_restore_that_broke_off_is_gone_on_with_and_by_nothing_else() {
    let (hub, house) = inhabited().await;
    let before = house.seen(&hub).await;
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    for backup in [&one, &other] {
        run(hub.data.path(), &["backup", backup.to_str().unwrap()]).unwrap();
    }
    drop(hub);

    // It breaks off in the middle of the pictures.
    let records = one.join("records.jsonl");
    let whole = std::fs::read_to_string(&records).unwrap();
    let last_image = whole.rfind("{\"record\":\"image\"").unwrap();
    let (first, rest) = whole.split_at(last_image);
    std::fs::write(&records, format!("{first}?\n{rest}")).unwrap();
    let data = tempfile::tempdir().unwrap();
    let restore = |backup: &Path| run(data.path(), &["restore", backup.to_str().unwrap()]);
    let broken = restore(&one).unwrap_err();
    assert!(broken.contains("records.jsonl"), "{broken}");
    assert!(restore(&other).unwrap_err().contains("finish that first"));

    std::fs::write(&records, whole).unwrap();
    restore(&one).unwrap();
    assert!(restore(&one).unwrap_err().contains("must be empty"));
    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    assert_eq!(house.seen(&hub).await, before);
}

#[tokio::test]
async fn a_backup_that_broke_off_is_gone_on_with_and_restored_only_when_whole() {
    let (hub, _) = inhabited().await;
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("backup");
    let path = place.to_str().unwrap();
    run(hub.data.path(), &["backup", path]).unwrap();
    let about = std::fs::read_to_string(place.join("backup.json")).unwrap();
    let unfinished = about.replace("true", "false");
    std::fs::write(place.join("backup.json"), unfinished).unwrap();
    let lost = place.join("blobs/ada");
    let lost = lost.read_dir().unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(lost.join("original")).unwrap();

    let data = tempfile::tempdir().unwrap();
    let refused = run(data.path(), &["restore", path]).unwrap_err();
    assert!(refused.contains("never finished"), "{refused}");
    let said = run(hub.data.path(), &["backup", path]).unwrap();
    assert!(
        said.contains("going on") && said.contains(" 1 files"),
        "{said}"
    );
    assert!(lost.join("original").exists());
    let again = run(hub.data.path(), &["backup", path]).unwrap_err();
    assert!(again.contains("finished backup"), "{again}");

    let newer = about.replace("\"format\":1", "\"format\":2");
    std::fs::write(place.join("backup.json"), newer).unwrap();
    let refused = run(data.path(), &["restore", path]).unwrap_err();
    assert!(refused.contains("use a newer one"), "{refused}");
}

#[tokio::test]
async fn a_picture_whose_files_are_gone_is_left_out_and_a_damaged_one_is_named() {
    let (hub, house) = inhabited().await;
    let blobs = hub.data.path().join("blobs/ada");
    let mut folders: Vec<_> = blobs
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    std::fs::remove_dir_all(&folders[0]).unwrap();
    std::fs::write(folders[1].join("original"), "something else").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let backup = backup.to_str().unwrap();
    let refused = run(hub.data.path(), &["backup", backup]).unwrap_err();
    assert!(refused.contains("1 pictures"), "{refused}");
    assert!(refused.contains("1 are not what was uploaded"), "{refused}");
    drop(hub);

    let data = tempfile::tempdir().unwrap();
    run(data.path(), &["restore", backup]).unwrap_err();
    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    let gone = folders[0].file_name().unwrap().to_str().unwrap();
    let path = format!("/t/ada/images/{gone}");
    let answer = hub
        .ask(Method::GET, &path)
        .bearer_auth(&house.session)
        .send()
        .await;
    assert_eq!(code(answer.unwrap()).await, "not_found");
}
