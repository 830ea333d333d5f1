//! Disks that are full, or away: small ones that only the program under test sees.

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::process::Command;

use reqwest::multipart::Form;
use serde_json::Value;

use crate::world::{Hub, blobs, file, picture, unfinished};

/// Mounts a few megabytes at the data directory, the program's last argument, or at this place in
/// it, and becomes the program.
fn on_a_small_disk(place: &str) -> String {
    format!(
        r#"for data; do true; done
        mkdir -p "$data/{place}" && mount -t tmpfs -o size=6m small "$data/{place}" && exec "$@""#
    )
}

fn start(script: &str) -> Hub {
    let apart = places_apart().1;
    let command = [&["unshare"], apart, &["sh", "-c", script, "sh"]].concat();
    Hub::start_under(&command, &["--limits=mesh", "--sweep-seconds=0"])
}

/// Options of `nsenter` and of `unshare` for what a process and its children see mounted: root may
/// do without names of its own for users.
const APART: [(&[&str], &[&str]); 2] = [
    (&["--mount"], &["--mount"]),
    (
        &["--user", "--preserve-credentials", "--mount"],
        &["--user", "--map-root-user", "--mount"],
    ),
];

/// The first of them by which this user may mount.
fn places_apart() -> (&'static [&'static str], &'static [&'static str]) {
    let may_mount = |(_, apart): &(&[&str], &[&str])| {
        let script = ["sh", "-c", "mount -t tmpfs -o size=1m small /tmp"];
        let tried = Command::new("unshare").args(*apart).args(script).output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    let found = APART.into_iter().find(may_mount);
    found.expect("a small disk needs root that may mount, or namespaces for users (unshare -Urm)")
}

/// The data directory as the program sees it.
fn data_of(hub: &Hub) -> PathBuf {
    let root = PathBuf::from(format!("/proc/{}/root", hub.process.id()));
    root.join(hub.data.path().strip_prefix("/").unwrap())
}

#[tokio::test]
async fn on_a_full_disk_uploads_are_refused_and_what_is_there_is_served() {
    let hub = start(&on_a_small_disk(""));
    let ada = hub.sign_up("ada").await;
    let image = ada.add("1.png", picture(1)).await;
    let data = data_of(&hub);
    let images = || blobs(&data).join("ada").read_dir().unwrap().count();
    assert_eq!(images(), 1);

    fill(&data.join("filler"));
    for number in [2, 3] {
        let form = Form::new().part("file", file("x.png", picture(number)));
        let answer = ada.upload(form).await;
        assert_eq!(answer.status(), 507);
        assert!(answer.headers().contains_key("retry-after"));
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "unavailable");
    }
    assert_eq!((unfinished(&data), images()), (0, 1));
    let listing: Value = ada.get("/t/ada/images").await.json().await.unwrap();
    assert_eq!(listing["images"].as_array().unwrap().len(), 1);
    let pulled = ada.get(image["pull"].as_str().unwrap()).await;
    assert_eq!(pulled.bytes().await.unwrap(), picture(1));

    std::fs::remove_file(data.join("filler")).unwrap();
    ada.add("2.png", picture(2)).await;
    assert_eq!(images(), 2);
}

#[tokio::test]
async fn a_disk_that_was_unmounted_is_away_and_nothing_is_put_in_its_place() {
    let hub = start(&on_a_small_disk("blobs"));
    let ada = hub.sign_up("ada").await;
    let image = ada.add("1.png", picture(1)).await;
    let unmounted = Command::new("nsenter")
        .args(["--target", &hub.process.id().to_string()])
        .args(places_apart().0)
        .arg("umount")
        .arg(hub.data.path().join("blobs"))
        .status();
    assert!(unmounted.unwrap().success());

    let pulled = ada.get(image["pull"].as_str().unwrap()).await;
    let form = Form::new().part("file", file("x.png", picture(2)));
    for answer in [pulled, ada.upload(form).await, hub.get("/readyz").await] {
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
    }
    let data = data_of(&hub);
    assert_eq!(data.join("blobs").read_dir().unwrap().count(), 0);
    assert_eq!(unfinished(&data), 0);
}

/// Writes until there is no room for a byte.
fn fill(path: &std::path::Path) {
    let mut filler = std::fs::File::create(path).unwrap();
    for piece in [64 * 1024, 1] {
        let end = loop {
            if let Err(error) = filler.write_all(&vec![0; piece]) {
                break error;
            }
        };
        assert_eq!(end.kind(), ErrorKind::StorageFull);
    }
}
