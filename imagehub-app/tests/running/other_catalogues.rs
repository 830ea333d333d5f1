//! Pictures are neither served nor swept by a catalogue that is not theirs.

use std::process::{Command, Stdio};

use futures_util::future::join_all;

use crate::redis_server::RedisServer;
use crate::world::{self, Hub, PASSWORD, TestUser, picture};
use crate::{folders, kill, on, run, until};

const SWEEP: [&str; 3] = ["sweep", "--sweep-grace-seconds", "0"];

#[tokio::test]
async fn another_catalogue_removes_nothing_and_the_settings_are_named() {
    let hub = Hub::in_mesh();
    hub.sign_up("ada").await.add("p.png", picture(1)).await;
    let data = kill(hub);
    let pictures = world::blobs(data.path());
    let other = RedisServer::start();
    let refused = run(data.path(), &[&SWEEP[..], &[&on(&other)]].concat()).unwrap_err();
    assert!(refused.contains("the catalogue is empty"), "{refused}");

    let mut serving = Command::new(env!("CARGO_BIN_EXE_imagehub-app"))
        .args([
            "serve",
            "--bind",
            "127.0.0.1:0",
            "--metrics-bind",
            "127.0.0.1:0",
        ])
        .arg(on(&other))
        .arg("--data")
        .arg(data.path())
        .env_clear()
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = std::io::BufReader::new(serving.stderr.take().unwrap());
    let warned = std::io::BufRead::lines(log)
        .map_while(Result::ok)
        .find(|line| line.contains("no pictures of this catalogue"));
    serving.kill().unwrap();
    serving.wait().unwrap();
    assert!(warned.unwrap().contains("IMAGEHUB_REDIS_URL"));

    let hub = Hub::start(&[&on(&other)]);
    hub.sign_up("eve").await.add("p.png", picture(2)).await;
    drop(hub);
    let said = run(data.path(), &[&SWEEP[..], &[&on(&other)]].concat()).unwrap();
    assert!(said.contains(" 0 folders"), "{said}");
    assert_eq!(folders(&pictures, "ada").len(), 1);
    let said = run(data.path(), &SWEEP).unwrap();
    assert!(said.contains(" 0 folders"), "{said}");
}

#[tokio::test]
async fn when_the_catalogue_is_lost_the_pictures_stay() {
    let redis = RedisServer::start();
    let hub = Hub::start(&["--limits", "mesh", &on(&redis)]);
    hub.sign_up("ada").await.add("p.png", picture(1)).await;
    let pictures = hub.blobs();
    let data = kill(hub);
    redis.ask(&["FLUSHALL"]);
    let hub = Hub::start_in(data, &["--limits", "mesh", &on(&redis)]);
    hub.sign_up("ada").await;
    run(hub.data.path(), &[&SWEEP[..], &[&on(&redis)]].concat()).unwrap();
    assert_eq!(folders(&pictures, "ada").len(), 1);
}

#[tokio::test]
async fn what_is_uploaded_as_soon_as_redis_is_there_is_kept() {
    let mut redis = RedisServer::start();
    redis.kill();
    let hub = Hub::start(&["--limits", "mesh", &on(&redis)]);
    let _redis = RedisServer::start_on(redis.port());
    let body = serde_json::json!({ "username": "ada", "password": PASSWORD });
    let mut token = None;
    until(async || {
        let signed_up = hub.post("/api/v1/signup", body.clone()).await;
        if signed_up.status() == 201 {
            let session: serde_json::Value = signed_up.json().await.unwrap();
            token = Some(session["token"].as_str().unwrap().to_owned());
        }
        token.is_some()
    })
    .await;
    let ada = TestUser {
        hub: &hub,
        name: "ada".to_owned(),
        token: token.unwrap(),
    };
    join_all((1..=8).map(|number| ada.add("p.png", picture(number)))).await;
    assert_eq!(folders(&hub.blobs(), "ada").len(), 8);
}
