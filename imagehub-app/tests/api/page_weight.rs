//! What pages weigh on the wire.

use std::io::Read as _;

use flate2::read::GzDecoder;
use reqwest::multipart::Form;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::reading::{sent, text, upload_some};
use crate::world::{Hub, TestUser, file, picture};

const BROWSERS: &str = "gzip, deflate, br";

/// The longest name there may be.
const TENANT: &str = "a-tenant-with-the-longest-name-1";

/// Everything as much and as long as it may well be: pictures with titles of sixty characters, a
/// dozen tags, and more albums than are offered.
async fn full_gallery(hub: &Hub) -> TestUser<'_> {
    let ada = hub.sign_up(TENANT).await;
    let title = |number: u8, what: &str| format!("{number:02} {what:.<57}");
    let mut form = Form::new();
    for number in 0..50 {
        let name = format!("{}.png", title(number, "a picture from the long walk"));
        form = form.part("file", file(&name, picture(number)));
    }
    let uploaded = ada.upload(form).await;
    assert_eq!(uploaded.status(), 201);
    let uploaded: Value = uploaded.json().await.unwrap();
    let images = uploaded["images"].as_array().unwrap();
    assert_eq!(images[0]["title"].as_str().unwrap().len(), 60);
    for (number, image) in (0..12).zip(images) {
        let path = ada.own(&format!("/images/{}", image["id"].as_str().unwrap()));
        let tags = json!({ "tags": [format!("{number:02} {:.<37}", "a tag")] });
        let tagged = ada.send(Method::PATCH, &path, tags).await;
        assert_eq!(tagged.status(), 200);
    }
    for number in 0..41 {
        ada.album(&title(number, "an album of the long walk")).await;
    }
    ada
}

/// Of a page's script, style sheet and icons.
async fn weigh(person: &TestUser<'_>, page: &str, names: &[&str]) -> usize {
    let mut bytes = 0;
    for name in names {
        let start = page.find(&format!("/static/{name}?v=")).expect(name);
        let url = page[start..].split(['"', '#']).next().unwrap();
        bytes += fetch(person, url, BROWSERS)
            .await
            .bytes()
            .await
            .unwrap()
            .len();
    }
    bytes
}

async fn fetch(person: &TestUser<'_>, path: &str, codings: &str) -> Response {
    let request = person.browse(Method::GET, path);
    let answer = request.header("accept-encoding", codings).send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer
}

#[tokio::test]
async fn the_first_page_of_a_gallery_is_small_with_all_it_needs_but_the_pictures() {
    let hub = Hub::embedded();
    let ada = full_gallery(&hub).await;
    let home = ada.own("");
    let plain = fetch(&ada, &home, "identity").await;
    assert!(!plain.headers().contains_key("content-encoding"));
    let plain = plain.text().await.unwrap();
    assert_eq!(plain.matches("<li class=\"tile").count(), 50);
    assert_eq!(plain.matches("a tag").count(), 2 * 12);
    assert_eq!(plain.matches("an album of").count(), 40);

    let page = fetch(&ada, &home, BROWSERS).await;
    assert_eq!(page.headers()["content-encoding"], "gzip");
    let linked = ["site.css", "site.js", "pictures.js"];
    let bytes = page.bytes().await.unwrap().len() + weigh(&ada, &plain, &linked).await;
    assert!(bytes < 46_000, "{bytes} bytes on the wire");
    assert!(plain.len() < 60_000, "{} bytes of page", plain.len());
}

#[tokio::test]
async fn the_landing_page_is_small_with_its_picture() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let landing = |codings| hub.ask(Method::GET, "/").header("accept-encoding", codings);
    let page = landing(BROWSERS)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let plain = landing("identity").send().await.unwrap();
    let plain = plain.text().await.unwrap();
    let linked = ["site.css", "site.js", "icons.svg", "gallery-light.webp"];
    let bytes = page.len() + weigh(&ada, &plain, &linked).await;
    assert!(bytes < 43_000, "{bytes} bytes on the wire");
}

/// A form that makes something has another id each time.
fn but_form_ids(page: &str) -> Vec<&str> {
    let pieces = page.split("name=\"id\" value=\"");
    pieces
        .map(|piece| piece.split_once('"').map_or(piece, |(_, rest)| rest))
        .collect()
}

#[tokio::test]
async fn a_compressed_page_is_the_page_and_caches_know_that_there_are_two() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    upload_some(&ada, 2).await;
    for path in ["/t/ada", "/t/ada?deleted=true", "/t/ada/albums"] {
        let small = fetch(&ada, path, "gzip").await;
        assert_eq!(small.headers()["content-encoding"], "gzip", "{path}");
        assert!(says_vary(&small), "{path}");
        let small = small.bytes().await.unwrap();
        let mut page = String::new();
        GzDecoder::new(&small[..])
            .read_to_string(&mut page)
            .unwrap();
        let plain = fetch(&ada, path, "gzip;q=0, br").await;
        assert!(!plain.headers().contains_key("content-encoding"), "{path}");
        assert!(says_vary(&plain), "{path}");
        let plain = plain.text().await.unwrap();
        assert_eq!(but_form_ids(&page), but_form_ids(&plain), "{path}");
    }
}

fn says_vary(answer: &Response) -> bool {
    let lines = answer.headers().get_all("vary").iter();
    let mut names = lines.flat_map(|line| line.to_str().unwrap().split(','));
    names.any(|name| name.trim() == "accept-encoding")
}

#[tokio::test]
async fn a_page_with_a_secret_tells_nothing_by_its_length() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let ids = upload_some(&ada, 1).await;
    let album = sent(&ada, "/t/ada/albums", &[("title", "Summer")]).await;
    let id = album.rsplit('/').next().unwrap();
    let shared = [("album", id), ("audience", "anyone"), ("days", "7")];
    let image = format!("/t/ada/images/{}", ids[0]);
    let is_compressed = async |path: &str| {
        let answer = fetch(&ada, path, "gzip").await;
        answer.headers().contains_key("content-encoding")
    };
    assert!(is_compressed(&album).await);
    sent(&ada, "/t/ada/shares", &shared).await;
    assert!(text(&ada, &album).await.contains("/s/ada/"));
    for path in [&album, &image, "/t/ada/settings", "/account"] {
        assert!(!is_compressed(path).await, "{path}");
    }
}
