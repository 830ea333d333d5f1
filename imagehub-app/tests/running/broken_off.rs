//! Backups, restores and moves that are interrupted, or that meet others at work.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use imagehub_app::blobs::Blobs;
use imagehub_app::bond::BondError;
use imagehub_app::catalogue::sqlite::SqliteCatalogue;
use imagehub_app::sweeper::{SweepError, sweep};
use reqwest::Method;
use serde_json::Value;
use time::OffsetDateTime;

use crate::house::inhabited;
use crate::redis_server::RedisServer;
use crate::world::{Hub, code, picture};
use crate::{folders, kill, on, run, until};

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn sorted(blobs: &Path) -> Vec<PathBuf> {
    let mut all: Vec<_> = folders(blobs, "ada")
        .iter()
        .map(|id| blobs.join("ada").join(id))
        .collect();
    all.sort();
    all
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
async fn kill_in_the_middle(mut process: Child, blobs: &Path, all: usize) {
    let original = |folder: &PathBuf| folder.join("original").exists();
    until(async || {
        sorted(blobs)
            .iter()
            .filter(|folder| original(folder))
            .count()
            == all - 1
    })
    .await;
    assert!(process.try_wait().unwrap().is_none(), "it is not finished");
    process.kill().unwrap();
    process.wait().unwrap();
}

#[tokio::test]
async fn a_backup_that_is_killed_is_gone_on_with_and_then_whole() {
    let (hub, house) = inhabited().await;
    let before = house.seen(&hub).await;
    let all = sorted(&hub.data.path().join("blobs"));
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let command = ["backup", backup.to_str().unwrap()];

    let held = Held::hold(&all[2]);
    let process = begin(hub.data.path(), &command);
    kill_in_the_middle(process, &backup.join("blobs"), all.len()).await;
    held.let_go();
    let data = tempfile::tempdir().unwrap();
    let restore = ["restore", backup.to_str().unwrap()];
    let refused = run(data.path(), &restore).unwrap_err();
    assert!(refused.contains("never finished"), "{refused}");

    // What was copied before is not taken for good.
    let copy = sorted(&backup.join("blobs"))[0].join("original");
    let bytes = std::fs::read(&copy).unwrap();
    std::fs::write(&copy, vec![b'?'; bytes.len()]).unwrap();
    let said = run(hub.data.path(), &command).unwrap();
    assert!(said.contains("going on"), "{said}");
    assert!(said.contains("5 of 5 images are there"), "{said}");
    assert_eq!(std::fs::read(&copy).unwrap(), bytes);
    drop(hub);
    run(data.path(), &restore).unwrap();
    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    assert_eq!(house.seen(&hub).await, before);
}

#[tokio::test]
async fn what_a_killed_restore_brought_is_safe_from_sweeps_until_it_is_gone_on_with() {
    let (hub, house) = inhabited().await;
    let before = house.seen(&hub).await;
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    run(hub.data.path(), &["backup", backup.to_str().unwrap()]).unwrap();
    drop(hub);
    let all = sorted(&backup.join("blobs"));

    // Beside an application that serves: as it is begun in compose.
    let hub = Hub::in_mesh();
    let held = Held::hold(&all[2]);
    let command = ["restore", backup.to_str().unwrap()];
    let blobs = hub.data.path().join("blobs");
    kill_in_the_middle(begin(hub.data.path(), &command), &blobs, all.len()).await;
    held.let_go();
    let ready = hub.get("/readyz").await;
    assert_eq!(ready.status(), 503);
    let file = hub.data.path().join("catalogue.sqlite");
    let catalogue = SqliteCatalogue::open(&file).await.unwrap();
    let staging = tempfile::tempdir().unwrap();
    let store = Blobs::in_directory(&blobs, staging.path()).await.unwrap();
    let later = OffsetDateTime::now_utc() + DAY;
    let swept = sweep(&catalogue, &store, later, Duration::ZERO).await;
    let refused = matches!(swept, Err(SweepError::Bond(BondError::Moving)));
    assert!(refused, "{swept:?}");
    assert!(sorted(&blobs).len() >= all.len() - 1);

    run(hub.data.path(), &command).unwrap();
    // An answer is kept for a second.
    until(async || hub.get("/readyz").await.status() == 200).await;
    assert_eq!(house.seen(&hub).await, before);
    let swept = sweep(&catalogue, &store, later, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(swept.orphans, 0);
}

/// In Redis, what makes it refuse the records that come after users and tenants.
const OBSTACLE: &str = "imagehub:tenant:ada:members";

#[tokio::test]
async fn a_move_that_broke_off_is_not_gone_on_with_when_rights_have_changed_meanwhile() {
    let (hub, house) = inhabited().await;
    let data = kill(hub);
    let redis = RedisServer::start();
    let to = format!("--to-redis={}", redis.url());
    redis.ask(&["SET", OBSTACLE, "in the way"]);
    run(data.path(), &["migrate", &to]).unwrap_err();
    redis.ask(&["DEL", OBSTACLE]);

    // The application serves on, and Ben is shown the door.
    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    assert_eq!(hub.get("/readyz").await.status(), 503);
    let ben = "/api/v1/tenants/ada/members/ben";
    let removed = hub.ask(Method::DELETE, ben).bearer_auth(&house.session);
    assert_eq!(removed.send().await.unwrap().status(), 204);
    let data = kill(hub);
    let refused = run(data.path(), &["migrate", &to]).unwrap_err();
    assert!(refused.contains("has changed since"), "{refused}");

    redis.ask(&["FLUSHALL"]);
    run(data.path(), &["migrate", &to]).unwrap();
    // The pictures are the new catalogue's now.
    let refused = run(data.path(), &["sweep"]).unwrap_err();
    assert!(refused.contains("another catalogue"), "{refused}");
    let hub = Hub::start_in(data, &[&on(&redis)]);
    assert_eq!(hub.get("/readyz").await.status(), 200);
    let members = hub
        .ask(Method::GET, "/api/v1/tenants/ada/members")
        .bearer_auth(&house.session)
        .send();
    let members: Value = members.await.unwrap().json().await.unwrap();
    assert!(!members.to_string().contains("ben"), "{members}");
}

#[tokio::test]
async fn a_move_that_broke_off_can_be_given_up() {
    let (hub, house) = inhabited().await;
    let before = house.seen(&hub).await;
    let data = kill(hub);
    let redis = RedisServer::start();
    redis.ask(&["SET", OBSTACLE, "in the way"]);
    let to = format!("--to-redis={}", redis.url());
    run(data.path(), &["migrate", &to]).unwrap_err();
    let refused = run(data.path(), &["backup", "/nowhere/at/all"]).unwrap_err();
    assert!(refused.contains("imagehub-app abandon"), "{refused}");

    run(data.path(), &["abandon"]).unwrap();
    run(data.path(), &["abandon"]).unwrap_err();
    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    assert_eq!(hub.get("/readyz").await.status(), 200);
    assert_eq!(house.seen(&hub).await, before);
}

/// Ends when told to.
type Work = Arc<AtomicBool>;

async fn pictures_come_and_go(url: String, token: String, work: Work) {
    let http = reqwest::Client::new();
    for number in (100..=255).cycle() {
        if !work.load(Relaxed) {
            return;
        }
        let file = crate::world::file("p.png", picture(number));
        let form = reqwest::multipart::Form::new().part("file", file);
        let images = format!("{url}/t/ada/images");
        let sent = http.post(&images).bearer_auth(&token).multipart(form);
        let body: Value = sent.send().await.unwrap().json().await.unwrap();
        if number % 3 > 0 {
            let id = body["images"][0]["id"].as_str().unwrap();
            let deleted = http.delete(format!("{images}/{id}")).bearer_auth(&token);
            assert_eq!(deleted.send().await.unwrap().status(), 204);
        }
    }
}

/// Purges at once what was deleted, and nothing else.
async fn trash_is_emptied(data: PathBuf, work: Work) {
    let file = data.join("catalogue.sqlite");
    let catalogue = SqliteCatalogue::open(&file).await.unwrap();
    let staging = tempfile::tempdir().unwrap();
    let place = data.join("blobs");
    let blobs = Blobs::in_directory(&place, staging.path()).await.unwrap();
    while work.load(Relaxed) {
        let in_a_week = OffsetDateTime::now_utc() + 8 * DAY;
        let swept = sweep(&catalogue, &blobs, in_a_week, 30 * DAY)
            .await
            .unwrap();
        assert_eq!(swept.orphans, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_taken_while_pictures_come_and_go_is_whole() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let mut kept = Vec::new();
    for number in 1..=20 {
        let image = ada.add("p.png", picture(number)).await;
        kept.push((image["id"].as_str().unwrap().to_owned(), picture(number)));
    }
    let work: Work = Arc::new(AtomicBool::new(true));
    let uploads = pictures_come_and_go(hub.url.clone(), ada.token.clone(), Arc::clone(&work));
    let purges = trash_is_emptied(hub.data.path().to_owned(), Arc::clone(&work));
    let (uploads, purges) = (tokio::spawn(uploads), tokio::spawn(purges));
    let folder = tempfile::tempdir().unwrap();
    for number in 0..4 {
        let backup = folder.path().join(number.to_string());
        let data = hub.data.path().to_owned();
        let place = backup.clone();
        let done =
            tokio::task::spawn_blocking(move || run(&data, &["backup", place.to_str().unwrap()]));
        done.await.unwrap().unwrap();
        let records = std::fs::read_to_string(backup.join("records.jsonl")).unwrap();
        for record in records.lines() {
            let record: Value = serde_json::from_str(record).unwrap();
            if record["record"] == "image" {
                let files = backup
                    .join("blobs/ada")
                    .join(record["id"].as_str().unwrap());
                assert_eq!(files.read_dir().unwrap().count(), 9, "{record}");
            }
        }
    }
    work.store(false, Relaxed);
    uploads.await.unwrap();
    purges.await.unwrap();

    let token = ada.token.clone();
    drop(hub);
    let data = tempfile::tempdir().unwrap();
    let last = folder.path().join("3");
    run(data.path(), &["restore", last.to_str().unwrap()]).unwrap();
    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    for (id, bytes) in kept {
        let pull = format!("/t/ada/images/{id}/pull");
        let pulled = hub.ask(Method::GET, &pull).bearer_auth(&token).send().await;
        assert!(pulled.unwrap().bytes().await.unwrap() == bytes);
    }
}

#[tokio::test]
async fn a_setting_that_leads_nowhere_makes_nothing_and_is_named() {
    let nowhere = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let redis = RedisServer::start();
    let to = format!("--to-redis={}", redis.url());
    let data = nowhere.path().join("data");
    for command in [
        &["backup", backup.to_str().unwrap()][..],
        &["migrate", &to],
        &["sweep"],
        &["adopt"],
    ] {
        let refused = run(&data, command).unwrap_err();
        assert!(refused.contains("IMAGEHUB_DATA"), "{refused}");
        assert!(!data.exists() && !backup.exists(), "{command:?}");
    }

    // The right catalogue, and pictures that are not there.
    let (hub, _) = inhabited().await;
    let data = kill(hub);
    let missing = format!("--blobs={}", nowhere.path().join("blobs").display());
    let command = ["backup", backup.to_str().unwrap(), &missing];
    let refused = run(data.path(), &command).unwrap_err();
    assert!(refused.contains("IMAGEHUB_BLOBS"), "{refused}");
    assert!(!backup.exists() && !nowhere.path().join("blobs").exists());
    // They were there, and are gone.
    for folder in sorted(&data.path().join("blobs")) {
        std::fs::remove_dir_all(folder).unwrap();
    }
    let refused = run(data.path(), &command[..2]).unwrap_err();
    assert!(refused.contains("none of the 5 pictures"), "{refused}");
    let restored = run(nowhere.path(), &["restore", backup.to_str().unwrap()]);
    assert!(restored.unwrap_err().contains("never finished"));
}

#[tokio::test]
async fn a_backup_that_lost_a_picture_is_restored_without_it_and_not_as_if_whole() {
    let (hub, house) = inhabited().await;
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    run(hub.data.path(), &["backup", backup.to_str().unwrap()]).unwrap();
    drop(hub);
    let lost = sorted(&backup.join("blobs"))[0].clone();
    std::fs::remove_dir_all(&lost).unwrap();
    let data = tempfile::tempdir().unwrap();
    let said = run(data.path(), &["restore", backup.to_str().unwrap()]).unwrap_err();
    assert!(said.contains("1 pictures"), "{said}");
    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    assert_eq!(hub.get("/readyz").await.status(), 200);
    let id = lost.file_name().unwrap().to_str().unwrap();
    let path = format!("/t/ada/images/{id}");
    let gone = hub.ask(Method::GET, &path).bearer_auth(&house.session);
    assert_eq!(code(gone.send().await.unwrap()).await, "not_found");
}
