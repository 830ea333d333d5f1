//! Many pictures as one zip.

use std::io::{Cursor, Read as _};

use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::world::{Hub, TestUser, code, file, picture};

async fn titled(person: &TestUser<'_>, title: &str, number: u8) -> Value {
    let form = Form::new()
        .text("title", title.to_owned())
        .part("file", file("x.png", picture(number)));
    let body: Value = person.upload(form).await.json().await.unwrap();
    body["images"][0].clone()
}

/// The files of a zip, with their names.
pub async fn archive(answer: reqwest::Response) -> Vec<(String, Vec<u8>)> {
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/zip");
    let bytes = answer.bytes().await.unwrap();
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (entry.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

#[tokio::test]
async fn chosen_pictures_come_whole_under_names_made_of_their_titles() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let mut ids = Vec::new();
    for (number, title) in ["Sea", "sea", "../up", "東京"].into_iter().enumerate() {
        let image = titled(&ada, title, number as u8).await;
        ids.push(image["id"].as_str().unwrap().to_owned());
    }
    let path = format!("/t/ada/download?ids={}", ids.join(","));
    let answer = ada.get(&path).await;
    assert_eq!(
        answer.headers()["content-disposition"],
        "attachment; filename=\"ada pictures.zip\"; filename*=UTF-8''ada%20pictures.zip"
    );
    assert!(
        answer.headers()["ratelimit"]
            .to_str()
            .unwrap()
            .starts_with("\"user\";r=9;")
    );
    let files = archive(answer).await;
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Sea.png", "sea (2).png", "_up.png", "東京.png"]);
    for (number, (_, bytes)) in files.iter().enumerate() {
        assert_eq!(*bytes, picture(number as u8));
    }
}

#[tokio::test]
async fn a_picture_named_twice_comes_once_and_head_reads_nothing() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let image = titled(&ada, "Sea", 1).await;
    let id = image["id"].as_str().unwrap();
    let path = format!("/t/ada/download?ids={id},{id}&ids={id}");
    assert_eq!(archive(ada.get(&path).await).await.len(), 1);

    remove_original(&hub, id);
    let head = ada.ask(Method::HEAD, &path).send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-type"], "application/zip");
    assert!(head.headers().get("content-length").is_none());
}

#[tokio::test]
async fn an_archive_without_a_recorded_picture_breaks_off() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let mut ids = Vec::new();
    for number in 0..3 {
        let image = titled(&ada, "Sea", number).await;
        ids.push(image["id"].as_str().unwrap().to_owned());
    }
    remove_original(&hub, &ids[1]);
    let path = format!("/t/ada/download?ids={}", ids.join(","));
    // Small as it is, it may break off before its head was sent.
    let whole = match ada.ask(Method::GET, &path).send().await {
        Ok(answer) => answer.bytes().await.map(drop),
        Err(broken_off) => Err(broken_off),
    };
    assert!(whole.is_err());
}

/// Takes an original away from under its record.
fn remove_original(hub: &Hub, id: &str) {
    let original = hub.blobs().join("ada").join(id).join("original");
    std::fs::remove_file(original).unwrap();
}

#[tokio::test]
async fn an_album_comes_with_all_its_pages() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let album = ada.album("Summer").await;
    let mut ids = Vec::new();
    for number in 0..205_u8 {
        ids.push(ada.add("x.png", picture(number)).await["id"].clone());
    }
    for ids in ids.chunks(200) {
        let put = json!({ "ids": ids, "action": "add_to_album", "album": album["id"] });
        let put = ada.send(Method::POST, "/t/ada/images/batch", put).await;
        assert_eq!(put.status(), 200);
    }
    let path = format!("/t/ada/download?album={}", album["id"].as_str().unwrap());
    assert_eq!(archive(ada.get(&path).await).await.len(), 205);
}

#[tokio::test]
async fn a_download_of_nothing_is_refused() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    assert_eq!(code(ada.get("/t/ada/download").await).await, "invalid");
    assert_eq!(
        code(ada.get("/t/ada/download?ids=a1,b2").await).await,
        "not_found"
    );
    assert_eq!(
        code(ada.get("/t/ada/download?album=a1").await).await,
        "not_found"
    );
    assert_eq!(
        code(ada.get("/t/ada/download?ids=a1&album=a1").await).await,
        "invalid"
    );
    let eve = hub.sign_up("eve").await;
    assert_eq!(
        code(eve.get("/t/ada/download?ids=a1").await).await,
        "forbidden"
    );
}
