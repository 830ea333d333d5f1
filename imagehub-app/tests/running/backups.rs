//! Everything taken elsewhere, with nothing lost, also when that is interrupted.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use serde_json::Value;

use crate::filled_hub::filled;
use crate::redis_server::RedisServer;
use crate::s3_server::{BUCKET, S3Server};
use crate::world::{self, Hub, code, picture};
use crate::{folders, kill, run, until};

pub fn elsewhere(redis: &RedisServer, s3: &S3Server) -> Vec<String> {
    let s3 = s3.settings();
    vec![
        format!("--redis-url={}", redis.url()),
        format!("--blobs=s3://{BUCKET}/restored"),
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

/// The folders of Ada's pictures in a catalogue's folder, or in a backup's.
fn sorted(blobs: &Path) -> Vec<PathBuf> {
    let names = folders(blobs, "ada");
    let mut all: Vec<_> = names.iter().map(|id| blobs.join("ada").join(id)).collect();
    all.sort();
    all
}

/// A backup of everything, in a folder of its own.
struct Backup {
    folder: tempfile::TempDir,
}

impl Backup {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    fn path(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    fn of(hub: &Hub) -> Self {
        let backup = Self::new();
        run(hub.data.path(), &["backup", backup.path()]).unwrap();
        backup
    }

    fn pictures(&self) -> Vec<PathBuf> {
        sorted(&self.folder.path().join("blobs"))
    }
}

/// An original that nobody finishes reading, until it is let go.
struct Held {
    original: PathBuf,
}

impl Held {
    fn hold(folder: &Path) -> Self {
        let original = folder.join("original");
        std::fs::rename(&original, original.with_extension("aside")).unwrap();
        let made = Command::new("mkfifo").arg(&original).status().unwrap();
        assert!(made.success());
        Self { original }
    }

    fn let_go(self) {
        std::fs::rename(self.original.with_extension("aside"), &self.original).unwrap();
    }
}

fn begin(data: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_imagehub-app"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .env_clear()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until all but the held picture are there, and kills.
async fn kill_in_the_middle(mut process: Child, copied: impl Fn() -> Vec<PathBuf>, all: usize) {
    let is_there = |folder: &&PathBuf| folder.join("original").exists();
    until(async || copied().iter().filter(is_there).count() == all - 1).await;
    assert!(process.try_wait().unwrap().is_none(), "it is not finished");
    process.kill().unwrap();
    process.wait().unwrap();
}

#[tokio::test]
async fn a_backup_is_restored_to_redis_and_s3_and_back_with_nothing_lost() {
    let (hub, filled) = filled().await;
    let before = filled.seen(&hub).await;
    // The application serves meanwhile.
    let backup = Backup::of(&hub);
    drop(hub);

    let (redis, s3) = (RedisServer::start(), S3Server::start());
    let flags = elsewhere(&redis, &s3);
    let data = tempfile::tempdir().unwrap();
    run(data.path(), &with(&["restore", backup.path()], &flags)).unwrap();
    let mesh = with(&["--limits", "mesh"], &flags);
    let hub = Hub::start_in(data, &mesh);
    assert_eq!(filled.seen(&hub).await, before);
    let data = kill(hub);

    let back = Backup::new();
    run(data.path(), &with(&["backup", back.path()], &flags)).unwrap();
    let home = tempfile::tempdir().unwrap();
    run(home.path(), &["restore", back.path()]).unwrap();
    let hub = Hub::start_in(home, &["--limits", "mesh"]);
    assert_eq!(filled.seen(&hub).await, before);
}

#[tokio::test]
async fn a_restore_that_fails_leaves_no_unfinished_upload_in_the_bucket() {
    let (hub, _) = filled().await;
    let backup = Backup::of(&hub);
    drop(hub);
    let (redis, s3) = (RedisServer::start(), S3Server::start());
    let flags = elsewhere(&redis, &s3);
    let restore = with(&["restore", backup.path()], &flags);
    let data = tempfile::tempdir().unwrap();
    run(data.path(), &restore).unwrap();

    // One takes many parts, and is under way when another one cannot be written.
    let pictures = backup.pictures();
    let large = pictures[0].join("original");
    let large = std::fs::File::options().write(true).open(large).unwrap();
    large.set_len(64 * 1024 * 1024).unwrap();
    let catalogue = s3.place("restored").read_dir().unwrap().next().unwrap();
    let other = pictures[1].file_name().unwrap();
    let in_the_way = catalogue
        .unwrap()
        .path()
        .join("ada")
        .join(other)
        .join("original");
    std::fs::remove_file(&in_the_way).ok();
    std::fs::create_dir_all(in_the_way.join("something")).unwrap();
    let again = [&restore[..], &["--continue"]].concat();
    run(data.path(), &again).unwrap_err();
    assert_eq!(s3.unfinished(), Vec::<String>::new());
}

#[tokio::test]
async fn a_backup_that_is_killed_is_no_backup_and_is_whole_when_it_is_run_again() {
    let (hub, filled) = filled().await;
    let before = filled.seen(&hub).await;
    let all = sorted(&hub.blobs());
    let backup = Backup::new();
    let command = ["backup", backup.path()];

    let held = Held::hold(&all[2]);
    let process = begin(hub.data.path(), &command);
    kill_in_the_middle(process, || backup.pictures(), all.len()).await;
    held.let_go();
    let data = tempfile::tempdir().unwrap();
    let restore = ["restore", backup.path()];
    let refused = run(data.path(), &restore).unwrap_err();
    assert!(refused.contains("no finished backup"), "{refused}");

    // As it is when the kill comes later.
    std::fs::write(backup.folder.path().join("records.whole"), "{").unwrap();
    // What was copied before is not taken for good.
    let copy = backup.pictures()[0].join("original");
    let bytes = std::fs::read(&copy).unwrap();
    std::fs::write(&copy, vec![b'?'; bytes.len()]).unwrap();
    let said = run(hub.data.path(), &command).unwrap();
    assert!(said.contains("5 images are there"), "{said}");
    assert_eq!(std::fs::read(&copy).unwrap(), bytes);
    drop(hub);
    run(data.path(), &restore).unwrap();
    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    assert_eq!(filled.seen(&hub).await, before);
}

#[tokio::test]
async fn a_backup_that_is_run_again_writes_only_what_is_new() {
    let (hub, filled) = filled().await;
    let backup = Backup::of(&hub);
    let session = filled.session.clone();
    let form = reqwest::multipart::Form::new().part("file", world::file("p.png", picture(9)));
    let sent = hub.ask(Method::POST, "/t/ada/images").bearer_auth(&session);
    assert_eq!(sent.multipart(form).send().await.unwrap().status(), 201);
    let said = run(hub.data.path(), &["backup", backup.path()]).unwrap();
    assert!(said.contains("6 images are there, 9 files"), "{said}");
    drop(hub);
    let data = tempfile::tempdir().unwrap();
    run(data.path(), &["restore", backup.path()]).unwrap();
    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    let listed = hub.ask(Method::GET, "/t/ada/images").bearer_auth(&session);
    let listed: Value = listed.send().await.unwrap().json().await.unwrap();
    assert_eq!(listed["images"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_restore_that_is_killed_is_gone_on_with_and_no_other_catalogue_is_written_to() {
    let (hub, filled) = filled().await;
    let before = filled.seen(&hub).await;
    let backup = Backup::of(&hub);
    drop(hub);
    let all = backup.pictures();
    let data = tempfile::tempdir().unwrap();
    let restore = ["restore", backup.path()];
    let held = Held::hold(&all[2]);
    let copied = || match data.path().join("blobs").read_dir() {
        Ok(mut folders) => folders
            .next()
            .map_or_else(Vec::new, |folder| sorted(&folder.unwrap().path())),
        Err(_) => Vec::new(),
    };
    kill_in_the_middle(begin(data.path(), &restore), copied, all.len()).await;
    held.let_go();
    run(data.path(), &restore).unwrap();

    let refused = run(data.path(), &restore).unwrap_err();
    assert!(refused.contains("the catalogue is not empty"), "{refused}");
    assert!(refused.contains("--continue"), "{refused}");
    run(data.path(), &["restore", "--continue", backup.path()]).unwrap();
    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    assert_eq!(filled.seen(&hub).await, before);
}

#[tokio::test]
async fn a_folder_with_something_else_in_it_is_left_alone() {
    let (hub, _) = filled().await;
    let backup = Backup::new();
    std::fs::write(backup.folder.path().join("thesis.txt"), "mine").unwrap();
    let refused = run(hub.data.path(), &["backup", backup.path()]).unwrap_err();
    assert!(refused.contains("choose another folder"), "{refused}");
    assert_eq!(backup.folder.path().read_dir().unwrap().count(), 1);
}

#[tokio::test]
async fn a_picture_whose_files_are_gone_is_left_out_and_a_damaged_one_is_named() {
    let (hub, filled) = filled().await;
    let pictures = sorted(&hub.blobs());
    std::fs::remove_dir_all(&pictures[0]).unwrap();
    std::fs::write(pictures[1].join("original"), "something else").unwrap();
    let backup = Backup::new();
    let refused = run(hub.data.path(), &["backup", backup.path()]).unwrap_err();
    assert!(refused.contains("1 pictures"), "{refused}");
    assert!(refused.contains("1 are not what was uploaded"), "{refused}");
    drop(hub);

    // Another one is lost from the backup.
    std::fs::remove_dir_all(&backup.pictures()[2]).unwrap();
    let data = tempfile::tempdir().unwrap();
    let refused = run(data.path(), &["restore", backup.path()]).unwrap_err();
    assert!(refused.contains("1 pictures"), "{refused}");
    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    for gone in [&pictures[0], &pictures[3]] {
        let path = format!(
            "/t/ada/images/{}",
            gone.file_name().unwrap().to_str().unwrap()
        );
        let answer = hub.ask(Method::GET, &path).bearer_auth(&filled.session);
        assert_eq!(code(answer.send().await.unwrap()).await, "not_found");
    }
    let shown = hub
        .ask(Method::GET, "/t/ada/albums")
        .bearer_auth(&filled.session);
    assert_eq!(shown.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_setting_that_leads_nowhere_makes_nothing_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let data = folder.path().join("data");
    for command in [&["backup", backup.to_str().unwrap()][..], &["sweep"]] {
        let refused = run(&data, command).unwrap_err();
        assert!(refused.contains("IMAGEHUB_DATA"), "{refused}");
        assert!(!data.exists() && !backup.exists(), "{command:?}");
    }

    // The right catalogue, and pictures that are not there.
    let (hub, _) = filled().await;
    let pictures = hub.blobs();
    let data = kill(hub);
    let missing = format!("--blobs={}", folder.path().join("blobs").display());
    let command = ["backup", backup.to_str().unwrap(), &missing];
    let refused = run(data.path(), &command).unwrap_err();
    assert!(refused.contains("IMAGEHUB_BLOBS"), "{refused}");
    assert!(!backup.exists() && !folder.path().join("blobs").exists());
    // They were there, and are gone.
    std::fs::remove_dir_all(pictures.join("ada")).unwrap();
    let refused = run(data.path(), &command[..2]).unwrap_err();
    assert!(refused.contains("none of the 5 pictures"), "{refused}");
    let restored = run(folder.path(), &["restore", backup.to_str().unwrap()]);
    assert!(restored.unwrap_err().contains("no finished backup"));
}
