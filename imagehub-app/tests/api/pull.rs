use reqwest::Method;
use reqwest::multipart::Form;

use crate::world::{Hub, code, file, picture};

#[tokio::test]
async fn a_pull_is_the_bytes_as_sent_and_harmless_to_a_browser() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("Ünder \"the\" sea.png", picture(1)).await;
    let answer = ada.get(image["pull"].as_str().unwrap()).await;
    assert_eq!(answer.status(), 200);
    let headers = answer.headers().clone();
    assert_eq!(headers["content-type"], "image/png");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert!(
        headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("sandbox")
    );
    assert!(
        headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment; filename=\"")
    );
    assert_eq!(
        headers["content-length"],
        image["bytes"].to_string().as_str()
    );
    assert_eq!(answer.bytes().await.unwrap(), picture(1));
}

#[tokio::test]
async fn a_title_cannot_break_out_of_the_content_disposition() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("p.png", picture(1)).await;
    let path = format!("/t/ada/images/{}", image["id"].as_str().unwrap());
    let title = "a\"; filename=\"evil.html/../б";
    ada.send(Method::PATCH, &path, serde_json::json!({ "title": title }))
        .await;
    let answer = ada.get(&format!("{path}/pull")).await;
    let disposition = answer.headers()["content-disposition"].to_str().unwrap();
    assert_eq!(disposition.matches('"').count(), 2, "{disposition}");
    assert!(!disposition.contains('/'));
    assert!(disposition.contains("filename*=UTF-8''"));
}

#[tokio::test]
async fn ranges_and_validators_are_honoured() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("p.png", picture(1)).await;
    let path = image["pull"].as_str().unwrap();
    let bytes = picture(1);
    let size = bytes.len();
    let etag = ada.get(path).await.headers()["etag"]
        .to_str()
        .unwrap()
        .to_owned();

    let ask = async |name: &str, value: &str| {
        ada.ask(Method::GET, path)
            .header(name, value)
            .send()
            .await
            .unwrap()
    };
    let part = ask("range", "bytes=2-5").await;
    assert_eq!(part.status(), 206);
    assert_eq!(
        part.headers()["content-range"],
        format!("bytes 2-5/{size}").as_str()
    );
    assert_eq!(part.bytes().await.unwrap(), &bytes[2..6]);
    assert_eq!(
        ask("range", "bytes=-3").await.bytes().await.unwrap(),
        &bytes[size - 3..]
    );
    let outside = ask("range", "bytes=9999999-").await;
    assert_eq!(outside.status(), 416);
    assert_eq!(
        outside.headers()["content-range"],
        format!("bytes */{size}").as_str()
    );
    assert_eq!(code(outside).await, "range_not_satisfiable");

    let known = ask("if-none-match", &format!("\"x\", W/{etag}")).await;
    assert_eq!(
        (
            known.status().as_u16(),
            known.headers()["etag"].to_str().unwrap()
        ),
        (304, etag.as_str())
    );
    let changed = ada
        .ask(Method::GET, path)
        .header("range", "bytes=0-1")
        .header("if-range", "\"other\"")
        .send()
        .await
        .unwrap();
    assert_eq!(changed.status(), 200);

    let head = ada.ask(Method::HEAD, path).send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-length"], size.to_string().as_str());
    assert!(head.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn thumbnails_may_be_kept_for_ever_but_privately_and_in_four_sizes_only() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("p.png", picture(1)).await;
    let thumbnail = ada.get(image["thumbnails"]["320"].as_str().unwrap()).await;
    let caching = thumbnail.headers()["cache-control"].to_str().unwrap();
    assert!(caching.contains("private") && caching.contains("immutable"));
    let path = format!("/t/ada/images/{}/thumb", image["id"].as_str().unwrap());
    for size in ["0", "321", "0320", "+320", "x"] {
        assert_eq!(
            ada.get(&format!("{path}/{size}")).await.status(),
            404,
            "{size}"
        );
    }
}

#[tokio::test]
async fn a_thumbnail_is_webp_for_who_names_it_and_what_everybody_reads_for_the_others() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("p.png", picture(1)).await;
    let path = image["thumbnails"]["320"].as_str().unwrap();
    let ask = async |accept: &str, known: &str| {
        ada.ask(Method::GET, path)
            .header("accept", accept)
            .header("if-none-match", known)
            .send()
            .await
            .unwrap()
    };
    let browser = "image/avif,image/webp,image/apng,*/*;q=0.8";
    let mut tags = Vec::new();
    for (accept, media_type) in [
        (browser, "image/webp"),
        ("*/*", "image/jpeg"),
        ("image/png, image/webp;q=0", "image/jpeg"),
    ] {
        let answer = ask(accept, "").await;
        assert_eq!(answer.headers()["content-type"], media_type, "{accept}");
        assert_eq!(answer.headers()["vary"], "Accept");
        tags.push(answer.headers()["etag"].to_str().unwrap().to_owned());
        let format = image::guess_format(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(format.to_mime_type(), media_type);
    }
    assert_ne!(tags[0], tags[1]);
    assert_eq!(ask(browser, &tags[0]).await.status(), 304);
    assert_eq!(ask(browser, &tags[1]).await.status(), 200);

    // One that was stored before there was WebP.
    let id = image["id"].as_str().unwrap();
    let folder = hub.blobs().join("ada").join(id);
    std::fs::remove_file(folder.join("thumb-320.webp")).unwrap();
    let answer = ask(browser, "").await;
    assert_eq!(answer.headers()["content-type"], "image/jpeg");
    assert_eq!(answer.headers()["vary"], "Accept");
}

#[tokio::test]
async fn an_original_that_is_not_as_it_was_recorded_is_never_served_as_if_it_were() {
    let metrics = free_port();
    let hub = Hub::start(&["--limits=mesh", "--metrics-bind", &metrics]);
    let ada = hub.sign_up("ada").await;
    let image = ada.add("p.png", picture(1)).await;
    let path = image["pull"].as_str().unwrap();
    let folder = hub.blobs().join("ada");
    let original = folder.join(image["id"].as_str().unwrap()).join("original");
    let etag = ada.get(path).await.headers()["etag"].clone();
    let every_way = async || {
        let known = ada.ask(Method::GET, path).header("if-none-match", &etag);
        let part = ada.ask(Method::GET, path).header("range", "bytes=0-1");
        let head = ada.ask(Method::HEAD, path);
        let mut statuses = vec![ada.get(path).await.status().as_u16()];
        for request in [known, part, head] {
            statuses.push(request.send().await.unwrap().status().as_u16());
        }
        statuses
    };
    assert_eq!(every_way().await, [200, 304, 206, 200]);

    let whole = std::fs::read(&original).unwrap();
    for damaged in [&whole[..whole.len() - 1], b""] {
        std::fs::write(&original, damaged).unwrap();
        assert_eq!(every_way().await, [503; 4]);
    }
    std::fs::remove_file(&original).unwrap();
    assert_eq!(every_way().await, [404; 4]);
    let counted = hub.http.get(format!("http://{metrics}/metrics"));
    let counted = counted.send().await.unwrap().text().await.unwrap();
    for name in ["damaged", "missing"] {
        let none = format!("imagehub_blobs_{name}_total 0\n");
        assert!(!counted.contains(&none), "{counted}");
    }
}

#[tokio::test]
async fn while_the_blobs_are_away_no_image_is_gone() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("p.png", picture(1)).await;
    let blobs = hub.data.path().join("blobs");
    let away = hub.data.path().join("away");
    std::fs::rename(&blobs, &away).unwrap();
    for path in [&image["pull"], &image["thumbnails"]["320"]] {
        let answer = ada.get(path.as_str().unwrap()).await;
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
    }
    let form = Form::new().part("file", file("other.png", picture(2)));
    assert_eq!(ada.upload(form).await.status(), 503);
    assert!(!blobs.exists());
    std::fs::rename(&away, &blobs).unwrap();
    let answer = ada.get(image["pull"].as_str().unwrap()).await;
    assert_eq!(answer.status(), 200);
}

/// An address that is free now.
fn free_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
