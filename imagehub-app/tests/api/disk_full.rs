//! A disk without room, which is a small one of its own.

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::process::Command;

use reqwest::multipart::Form;
use serde_json::Value;

use crate::world::{Hub, file, picture, unfinished};

/// Mounts a few megabytes where the data are to be, which only the program sees, and becomes it.
const ON_A_SMALL_DISK: &str = r#"for data; do true; done
mount -t tmpfs -o size=6m small "$data" && exec "$@""#;

#[tokio::test]
async fn on_a_full_disk_uploads_are_refused_and_what_is_there_is_served() {
    if !may_mount() {
        return;
    }
    let wrapper = ["unshare", "--mount", "sh", "-c", ON_A_SMALL_DISK, "sh"];
    let hub = Hub::start_under(&wrapper, &["--limits=mesh", "--sweep-seconds=0"]);
    let ada = hub.sign_up("ada").await;
    let image = ada.add("1.png", picture(1)).await;
    let data = PathBuf::from(format!("/proc/{}/root", hub.process.id()))
        .join(hub.data.path().strip_prefix("/").unwrap());
    let images = || data.join("blobs/ada").read_dir().unwrap().count();
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

/// Whether this user may mount what only its own processes see.
fn may_mount() -> bool {
    let script = "mount -t tmpfs -o size=1m small /tmp";
    let tried = Command::new("unshare")
        .args(["--mount", "sh", "-c", script])
        .output();
    tried.is_ok_and(|tried| tried.status.success())
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
