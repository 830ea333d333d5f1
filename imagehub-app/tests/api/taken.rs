//! When and with what a picture was taken, as members see it and as nobody else does.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder as _, Rgb, RgbImage};
use reqwest::Method;
use serde_json::{Value, json};

use crate::exif_file::Value::{Short, Text};
use crate::exif_file::{SECRETS, exif, of_a_photograph};
use crate::world::{Hub, TestUser, picture};

/// A JPEG with Exif; another number, another picture.
fn jpeg(number: u8, exif: Vec<u8>) -> Vec<u8> {
    let pixels = RgbImage::from_fn(60, 40, |x, y| Rgb([number, (x * 4) as u8, (y * 6) as u8]));
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif).unwrap();
    let written = encoder.write_image(&pixels, 60, 40, ExtendedColorType::Rgb8);
    written.unwrap();
    bytes
}

/// What comes out of a photographer's camera.
pub fn photograph() -> Vec<u8> {
    jpeg(1, of_a_photograph(true))
}

async fn titles(person: &TestUser<'_>, path: &str) -> Vec<String> {
    let page: Value = person.get(path).await.json().await.unwrap();
    let images = page["images"].as_array().unwrap();
    let titles = images.iter().map(|image| image["title"].as_str().unwrap());
    titles.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_photograph_says_when_and_with_what_it_was_taken_but_not_where_or_by_whom() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("p.jpg", photograph()).await;
    assert_eq!(image["taken_at"], "2026-05-01T14:03:22");
    let camera = json!({
        "make": "NIKON CORPORATION", "model": "NIKON D750", "lens": "35.0 mm f/1.8",
        "exposure": "1/250", "aperture": 2.8, "iso": 400, "focal_length": 35.0,
    });
    assert_eq!(image["camera"], camera);
    let path = format!("/t/ada/images/{}", image["id"].as_str().unwrap());
    let asked: Value = ada.get(&path).await.json().await.unwrap();
    assert_eq!(asked, image);

    let page = ada.page(&path).await.text().await.unwrap();
    for fact in [
        "<dt>Taken</dt><dd>1 May 2026, 14:03</dd>",
        "<dt>Camera</dt><dd>NIKON D750</dd>",
        "<dt>Lens</dt><dd>35.0 mm f/1.8</dd>",
        "<dt>Exposure</dt><dd>1/250 s · f/2.8 · ISO 400 · 35 mm</dd>",
    ] {
        assert!(page.contains(fact), "{fact}");
    }
    let pulled = ada.get(&format!("{path}/pull")).await.bytes().await;
    let pulled = String::from_utf8_lossy(&pulled.unwrap()).into_owned();
    for secret in SECRETS {
        for (place, told) in [
            ("JSON", &asked.to_string()),
            ("page", &page),
            ("file", &pulled),
        ] {
            assert!(!told.contains(secret), "{secret} in the {place}");
        }
    }
}

#[tokio::test]
async fn who_has_only_a_link_is_told_nothing_of_it() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("p.jpg", photograph()).await;
    let wanted = json!({ "image": image["id"], "audience": "anyone", "days": 3 });
    let made = ada.send(Method::POST, "/t/ada/shares", wanted).await;
    let made: Value = made.json().await.unwrap();
    let seen = hub.get(made["url"].as_str().unwrap()).await;
    let seen = seen.text().await.unwrap();
    for fact in ["taken_at", "2026-05-01", "camera", "NIKON"] {
        assert!(!seen.contains(fact), "{fact}");
    }
}

#[tokio::test]
async fn a_picture_that_says_nothing_of_it_has_no_such_facts() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("p.png", picture(1)).await;
    assert_eq!(
        (&image["taken_at"], &image["camera"]),
        (&Value::Null, &Value::Null)
    );
    let iso = exif(false, &[], &[(0x8827, Short(400))]);
    let some = ada.add("q.jpg", jpeg(2, iso)).await;
    assert_eq!(
        (&some["taken_at"], &some["camera"]["iso"]),
        (&Value::Null, &json!(400))
    );
    for (image, facts) in [(image, 0), (some, 1)] {
        let path = format!("/t/ada/images/{}", image["id"].as_str().unwrap());
        let page = ada.page(&path).await.text().await.unwrap();
        let shown = ["Taken", "Camera", "Lens", "Exposure"];
        let shown = shown
            .iter()
            .filter(|name| page.contains(&format!("<dt>{name}</dt>")));
        assert_eq!(shown.count(), facts);
    }
}

#[tokio::test]
async fn a_gallery_is_shown_in_the_order_in_which_its_pictures_were_taken() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    for (number, (name, time)) in (0..).zip([
        ("spring.jpg", "2025:04:01 12:00:00"),
        ("winter.jpg", "2025:01:01 12:00:00"),
        ("summer.jpg", "2025:07:01 12:00:00"),
    ]) {
        let taken = exif(true, &[], &[(0x9003, Text(time))]);
        ada.add(name, jpeg(number, taken)).await;
    }
    ada.add("today.png", picture(1)).await;
    let first = titles(&ada, "/t/ada/images?order=taken").await;
    assert_eq!(first, ["today", "summer", "spring", "winter"]);

    let mut path = "/t/ada/images?order=taken&limit=1".to_owned();
    let mut paged = Vec::new();
    loop {
        let page: Value = ada.get(&path).await.json().await.unwrap();
        paged.push(page["images"][0]["title"].as_str().unwrap().to_owned());
        match page["next"].as_str() {
            Some(cursor) => path = format!("/t/ada/images?order=taken&limit=1&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(paged, first);
    let page = ada.page("/t/ada?order=taken").await.text().await.unwrap();
    assert!(page.contains("<option value=\"taken\" selected>"));
    let headings: Vec<_> = page.split("<h3>").skip(1).collect();
    assert_eq!(headings.len(), 4);
    for (heading, month) in headings[1..]
        .iter()
        .zip(["July 2025", "April 2025", "January 2025"])
    {
        assert!(heading.starts_with(&format!("{month}</h3>")), "{heading}");
    }
    let page = ada.page("/t/ada").await.text().await.unwrap();
    assert!(!page.contains("<h3>"));
    let refused = ada.get("/t/ada/images?order=camera").await;
    assert_eq!(refused.status(), 422);
}
