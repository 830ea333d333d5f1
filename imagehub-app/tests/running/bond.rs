//! Pictures are neither served nor swept by a catalogue that is not theirs.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use imagehub_app::blobs::Blobs;
use imagehub_app::bond::BondError;
use imagehub_app::catalogue::Transfer as _;
use imagehub_app::catalogue::redis::RedisCatalogue;
use imagehub_app::sweeper::{SweepError, orphans, sweep};
use time::OffsetDateTime;

use crate::redis_server::RedisServer;
use crate::world::{Hub, PASSWORD, Person, picture};
use crate::{folders, kill, on, run, until};

const NOW: [&str; 3] = ["sweep", "--sweep-grace-seconds", "0"];
const SERVE: [&str; 3] = ["serve", "--bind", "127.0.0.1:0"];

/// A data directory with one picture of Ada's, under a catalogue in SQLite or where `flags` say.
async fn with_a_picture(flags: &[&str]) -> tempfile::TempDir {
    let hub = Hub::start(&[&["--limits", "mesh"], flags].concat());
    let ada = hub.sign_up("ada").await;
    ada.add("p.png", picture(1)).await;
    kill(hub)
}

fn is_there(data: &Path) -> bool {
    folders(&data.join("blobs"), "ada").len() == 1
}

#[tokio::test]
async fn another_catalogue_is_refused_and_removes_nothing() {
    let data = with_a_picture(&[]).await;
    let other = RedisServer::start();
    let inhabited = with_a_picture(&[&on(&other)]).await;
    for command in [&NOW, &SERVE] {
        let refused = run(data.path(), &[&command[..], &[&on(&other)]].concat()).unwrap_err();
        assert!(refused.contains("belong to another catalogue"), "{refused}");
        assert!(refused.contains("imagehub-app adopt"), "{refused}");
    }
    let empty = RedisServer::start();
    let refused = run(data.path(), &[&SERVE[..], &[&on(&empty)]].concat()).unwrap_err();
    assert!(refused.contains("belong to another catalogue"), "{refused}");
    let refused = run(data.path(), &[&NOW[..], &[&on(&empty)]].concat()).unwrap_err();
    assert!(refused.contains("catalogue is empty"), "{refused}");
    assert!(is_there(data.path()));

    // Neither would a catalogue that has its own pictures elsewhere do.
    let blobs = format!("--blobs={}", inhabited.path().join("blobs").display());
    run(data.path(), &[&SERVE[..], &[&blobs]].concat()).unwrap_err();
    let said = run(data.path(), &NOW).unwrap();
    assert!(said.contains(" 0 folders"), "{said}");
    assert!(is_there(data.path()));
}

#[tokio::test]
async fn when_the_catalogue_is_lost_the_pictures_stay() {
    let redis = RedisServer::start();
    let data = with_a_picture(&[&on(&redis)]).await;
    redis.ask(&["FLUSHALL"]);

    // A process that goes on serving sweeps as this does.
    let catalogue = RedisCatalogue::new(&redis.url()).unwrap();
    let (place, staging) = (data.path().join("blobs"), data.path().join("staging"));
    let blobs = Blobs::in_directory(&place, &staging).await.unwrap();
    let later = OffsetDateTime::now_utc() + Duration::from_secs(30 * 24 * 3_600);
    let hour = Duration::from_secs(3_600);
    for swept in [
        sweep(&catalogue, &blobs, later, hour).await,
        orphans(&catalogue, &blobs, later, hour).await,
    ] {
        let refused = matches!(swept, Err(SweepError::Bond(BondError::Strangers)));
        assert!(refused, "{swept:?}");
    }
    run(data.path(), &[&SERVE[..], &[&on(&redis)]].concat()).unwrap_err();
    assert!(is_there(data.path()));
}

#[tokio::test]
async fn a_process_that_learns_later_that_the_catalogue_is_another_ends() {
    let data = with_a_picture(&[]).await;
    let mut redis = RedisServer::start();
    redis.kill();
    let mut serving = Command::new(env!("CARGO_BIN_EXE_imagehub-app"))
        .args(SERVE)
        .arg(on(&redis))
        .arg("--data")
        .arg(data.path())
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = std::io::BufReader::new(serving.stdout.take().unwrap());
    let mut url = String::new();
    std::io::BufRead::read_line(&mut said, &mut url).unwrap();
    assert!(url.starts_with("http://"), "it serves without Redis");
    let _redis = RedisServer::start_on(redis.port());
    let ended = tokio::task::spawn_blocking(move || serving.wait().unwrap());
    assert!(!ended.await.unwrap().success());
    assert!(is_there(data.path()));
}

#[tokio::test]
async fn what_is_uploaded_as_soon_as_redis_is_there_does_not_look_like_anothers() {
    let mut redis = RedisServer::start();
    redis.kill();
    let hub = Hub::start(&["--limits", "mesh", &on(&redis)]);
    let _redis = RedisServer::start_on(redis.port());
    let body = serde_json::json!({ "username": "ada", "password": PASSWORD });
    let mut ada = None;
    until(async || {
        let signed_up = hub.post("/api/v1/signup", body.clone()).await;
        if signed_up.status() == 201 {
            let session: serde_json::Value = signed_up.json().await.unwrap();
            ada = Some(session["token"].as_str().unwrap().to_owned());
        }
        ada.is_some()
    })
    .await;
    let ada = Person {
        hub: &hub,
        name: "ada".to_owned(),
        token: ada.unwrap(),
    };
    futures_util::future::join_all((1..=8).map(|number| ada.add("p.png", picture(number)))).await;
    let note = hub.data.path().join("blobs/.store");
    until(async || note.exists() && hub.get("/readyz").await.status() == 200).await;
}

/// Takes the ids away, as versions without them left it.
fn from_before(data: &Path) {
    std::fs::remove_file(data.join("blobs/.store")).unwrap();
    let catalogue = rusqlite::Connection::open(data.join("catalogue.sqlite")).unwrap();
    catalogue.execute("DROP TABLE facts", []).unwrap();
}

#[tokio::test]
async fn stores_from_before_get_their_id_at_the_first_start() {
    let data = with_a_picture(&[]).await;
    from_before(data.path());
    let refused = run(data.path(), &NOW).unwrap_err();
    assert!(refused.contains("start the application once"), "{refused}");
    // Not from a catalogue that knows none of the pictures, though.
    let redis = RedisServer::start();
    let refused = run(data.path(), &[&SERVE[..], &[&on(&redis)]].concat()).unwrap_err();
    assert!(refused.contains("names none of them"), "{refused}");

    let hub = Hub::start_in(data, &[]);
    assert_eq!(hub.get("/readyz").await.status(), 200);
    let data = kill(hub);
    run(data.path(), &NOW).unwrap();
    assert!(is_there(data.path()));
    run(data.path(), &[&SERVE[..], &[&on(&redis)]].concat()).unwrap_err();
}

#[tokio::test]
async fn pictures_that_are_lost_are_missed_until_they_are_given_up() {
    let data = with_a_picture(&[]).await;
    let empty = tempfile::tempdir().unwrap();
    let elsewhere = format!("--blobs={}", empty.path().display());
    let refused = run(data.path(), &[&SERVE[..], &[&elsewhere]].concat()).unwrap_err();
    assert!(refused.contains("check IMAGEHUB_BLOBS"), "{refused}");

    run(data.path(), &["adopt", &elsewhere]).unwrap();
    let hub = Hub::start_in(data, &[&elsewhere]);
    assert_eq!(hub.get("/readyz").await.status(), 200);
    let data = kill(hub);
    // The pictures that were given up are safe from the catalogue that gave them up.
    run(data.path(), &NOW).unwrap_err();
    assert!(is_there(data.path()));
}

#[tokio::test]
async fn many_that_begin_at_once_agree() {
    let redis = RedisServer::start();
    let pictures = tempfile::tempdir().unwrap();
    let flags = [on(&redis), format!("--blobs={}", pictures.path().display())];
    let start = || {
        let flags = flags.clone();
        tokio::task::spawn_blocking(move || Hub::start(&[&flags[0], &flags[1]]))
    };
    let hubs = futures_util::future::join_all([start(), start(), start(), start()]).await;
    for hub in hubs {
        let hub = hub.unwrap();
        until(async || hub.get("/readyz").await.status() == 200).await;
    }
    let catalogue = RedisCatalogue::new(&redis.url()).unwrap();
    let staging = tempfile::tempdir().unwrap();
    let blobs = Blobs::in_directory(pictures.path(), staging.path())
        .await
        .unwrap();
    imagehub_app::bond::require(&catalogue, &blobs)
        .await
        .unwrap();
    assert!(catalogue.is_empty().await.unwrap());
}
