//! A backup that is taken while pictures come and go.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use imagehub_app::blobs::Blobs;
use imagehub_app::catalogue::sqlite::SqliteCatalogue;
use imagehub_app::sweeper::sweep;
use reqwest::Method;
use serde_json::Value;
use time::OffsetDateTime;

use crate::run;
use crate::world::{self, Hub, picture};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Ends when told to.
type Work = Arc<AtomicBool>;

async fn pictures_come_and_go(url: String, token: String, work: Work) {
    let http = reqwest::Client::new();
    for number in (100..=255).cycle() {
        if !work.load(Relaxed) {
            return;
        }
        let file = world::file("p.png", picture(number));
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
    let place = world::blobs(&data);
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
