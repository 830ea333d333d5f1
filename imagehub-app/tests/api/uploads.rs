use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::world::{Hub, code, file, picture};

#[tokio::test]
async fn fields_may_come_in_any_order_and_count_for_every_file() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let form = Form::new()
        .part("file", file("one.png", picture(1)))
        .text("tags", "sea, sky,,sea")
        .part("file", file("two.png", picture(2)))
        .text("title", "At the sea");
    let answer = ada.upload(form).await;
    assert_eq!(answer.status(), 201);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["errors"], json!([]));
    for image in body["images"].as_array().unwrap() {
        assert_eq!(image["title"], "At the sea");
        assert_eq!(image["tags"], json!(["sea", "sky"]));
        assert_eq!(
            (image["width"].as_u64(), image["height"].as_u64()),
            (Some(60), Some(40))
        );
        assert_eq!(image["media_type"], "image/png");
        assert_eq!(image["uploaded_by"], "ada");
        for size in ["160", "320", "640", "1280"] {
            let thumbnail = ada.get(image["thumbnails"][size].as_str().unwrap()).await;
            assert_eq!(thumbnail.status(), 200);
        }
    }
}

#[tokio::test]
async fn what_is_good_is_stored_and_each_bad_file_is_named() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let truncated = picture(1)[..80].to_vec();
    let form = Form::new()
        .part("file", file("text.jpg", b"no picture at all".to_vec()))
        .part("file", file("good.png", picture(2)))
        .part("file", file("half.png", truncated));
    let answer = ada.upload(form).await;
    assert_eq!(answer.status(), 201);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["images"].as_array().unwrap().len(), 1);
    let errors: Vec<(&str, &str)> = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (
                error["filename"].as_str().unwrap(),
                error["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        errors,
        [
            ("text.jpg", "unsupported_type"),
            ("half.png", "broken_image")
        ]
    );
    assert!(body["errors"][0]["title"].is_string());
}

#[tokio::test]
async fn when_nothing_is_stored_the_first_files_status_is_the_answers() {
    let hub = Hub::start(&["--limits", "mesh", "--max-file-bytes", "100000"]);
    let ada = hub.sign_up("ada").await;
    let refused = async |files: Vec<(&str, Vec<u8>)>| {
        let form = files.into_iter().fold(Form::new(), |form, (name, bytes)| {
            form.part("file", file(name, bytes))
        });
        let answer = ada.upload(form).await;
        (answer.status().as_u16(), code(answer).await)
    };
    let text = b"no picture".to_vec();
    let half = picture(1)[..80].to_vec();
    assert_eq!(
        refused(vec![("a.jpg", text.clone()), ("b.png", half.clone())]).await,
        (415, "unsupported_type".into())
    );
    assert_eq!(
        refused(vec![("b.png", half), ("a.jpg", text)]).await,
        (422, "broken_image".into())
    );
    assert_eq!(
        refused(vec![("c.png", vec![0; 200_000])]).await,
        (413, "too_large".into())
    );
    let listing: Value = ada.get("/t/ada/images").await.json().await.unwrap();
    assert_eq!(listing["images"], json!([]));
}

#[tokio::test]
async fn a_telephones_heic_is_refused_with_what_to_do() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0heicmif1".to_vec();
    let refused = ada
        .upload(Form::new().part("file", file("IMG_1.HEIC", heic)))
        .await;
    assert_eq!(refused.status(), 415);
    let refused: Value = refused.json().await.unwrap();
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("HEIC") && detail.contains("JPEG"),
        "{detail}"
    );
}

#[tokio::test]
async fn what_is_too_large_is_told_the_limit_as_the_page_tells_it() {
    for (files, told) in [
        ("2", "The file is larger than 2 MB: it has 3 MB."),
        ("1", "The request is larger than 2 MB."),
    ] {
        let limits = ["--max-file-bytes=2097152", "--max-files", files];
        let hub = Hub::start(&[&["--limits=mesh"], &limits[..]].concat());
        let ada = hub.sign_up("ada").await;
        let form = Form::new().part("file", file("large.png", vec![0; 3_000_000]));
        let refused = ada.upload(form).await;
        assert_eq!(refused.status(), 413);
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(problem["detail"], told);
        let page = ada.page("/t/ada").await.text().await.unwrap();
        assert!(page.contains("up to 2 MB each"), "{page}");
    }
}

#[tokio::test]
async fn the_same_bytes_again_are_the_image_that_is_there() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let first = ada.add("one.png", picture(1)).await;
    let again = ada.add("other.png", picture(1)).await;
    assert_eq!(again["duplicate"], true);
    assert_eq!(again["id"], first["id"]);
    let eve = hub.sign_up("eve").await;
    assert!(
        eve.add("one.png", picture(1))
            .await
            .get("duplicate")
            .is_none()
    );
}

#[tokio::test]
async fn an_html_form_is_sent_on_to_the_gallery() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let upload = |bytes: Vec<u8>| {
        let form = Form::new().part("file", file("one.png", bytes));
        ada.browse(Method::POST, "/t/ada/images")
            .header("origin", &hub.url)
            .multipart(form)
            .send()
    };
    let answer = upload(picture(1)).await.unwrap();
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/t/ada");
    let refused = upload(b"junk".to_vec()).await.unwrap();
    assert_eq!(refused.status(), 415);
    assert!(refused.text().await.unwrap().contains("one.png"));
}

#[tokio::test]
async fn a_form_without_scripts_is_told_which_file_was_refused_and_that_others_were_taken() {
    let hub = Hub::start(&["--limits=mesh", "--max-file-bytes=2097152"]);
    let ada = hub.sign_up("ada").await;
    let form = Form::new()
        .part("file", file("good.png", picture(1)))
        .part("file", file("large.png", vec![0; 3_000_000]));
    let request = ada.browse(Method::POST, "/t/ada/images");
    let answer = request.header("origin", &hub.url).multipart(form).send();
    let page = answer.await.unwrap().text().await.unwrap();
    let refused = "large.png: The file is larger than 2 MB: it has 3 MB.";
    assert!(page.contains(refused), "{page}");
    assert!(page.contains("One other picture was added."), "{page}");
}

#[tokio::test]
async fn an_upload_needs_a_form_a_file_and_fields_that_hold() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let json = ada.send(Method::POST, "/t/ada/images", json!({})).await;
    assert_eq!(
        (json.status().as_u16(), code(json).await),
        (415, "unsupported_type".into())
    );
    let empty = ada.upload(Form::new().text("title", "x")).await;
    assert_eq!(
        (empty.status().as_u16(), code(empty).await),
        (422, "invalid".into())
    );
    let long = ada
        .upload(
            Form::new()
                .part("file", file("a.png", picture(1)))
                .text("title", "x".repeat(201)),
        )
        .await;
    assert_eq!(
        (long.status().as_u16(), code(long).await),
        (422, "invalid".into())
    );
    let cut = ada
        .ask(Method::POST, "/t/ada/images")
        .header("content-type", "multipart/form-data; boundary=x")
        .body("--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\nabc")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (cut.status().as_u16(), code(cut).await),
        (400, "malformed".into())
    );
}

#[tokio::test]
async fn the_same_picture_is_the_same_whatever_is_said_in_its_file() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let first = ada.add("one.png", picture(1)).await;
    let told = [picture(1), b"N 52 31 12, serial 0421337".to_vec()].concat();
    let again = ada.add("other.png", told).await;
    assert_eq!(again["duplicate"], true);
    assert_eq!(again["id"], first["id"]);
    let pulled = ada.get(again["pull"].as_str().unwrap()).await;
    assert_eq!(pulled.bytes().await.unwrap(), picture(1));
    let folders = hub.blobs().join("ada").read_dir().unwrap();
    assert_eq!(folders.count(), 1);
}

#[tokio::test]
async fn a_form_that_is_none_is_malformed_and_one_in_single_bytes_is_as_good_as_any() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let send = async |media_type: &str, body: reqwest::Body| {
        let request = ada.ask(Method::POST, "/t/ada/images");
        let request = request.header("content-type", media_type).body(body);
        request.send().await.unwrap()
    };
    let usual = "multipart/form-data; boundary=b";
    let part = |head: &str| format!("--b\r\n{head}\r\n\r\nx\r\n--b--\r\n");
    let many = part("content-disposition: form-data; name=\"x\"").replace("--b--\r\n", "");
    for (media_type, body) in [
        (
            "multipart/form-data",
            part("content-disposition: form-data; name=\"file\""),
        ),
        (usual, part("content-disposition: form-data")),
        (
            usual,
            part(
                "content-disposition: form-data; name=\"file\"\r\ncontent-type: multipart/mixed; boundary=c",
            ),
        ),
        (usual, part("")),
        (usual, "--b\r\n".to_owned()),
        (usual, many.repeat(10_000) + "--b--\r\n"),
    ] {
        let answer = send(media_type, body.into()).await;
        assert_eq!(answer.status(), 400);
        assert_eq!(code(answer).await, "malformed");
    }

    let mut form =
        b"--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"p.png\"\r\n\r\n"
            .to_vec();
    form.extend(picture(1));
    form.extend(
        b"\r\n--b\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\nLast\r\n--b--\r\n",
    );
    let bytes = form
        .into_iter()
        .map(|byte| Ok::<_, std::io::Error>(vec![byte]));
    let slow = reqwest::Body::wrap_stream(futures_util::stream::iter(bytes));
    let answer = send(usual, slow).await;
    assert_eq!(answer.status(), 201);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["images"][0]["title"], "Last");
    let pulled = ada.get(body["images"][0]["pull"].as_str().unwrap()).await;
    assert_eq!(pulled.bytes().await.unwrap(), picture(1));
}

#[tokio::test]
async fn a_field_that_is_far_too_long_is_named() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    for name in ["title", "tags", "other"] {
        let form = Form::new().text(name, "x".repeat(17_000));
        let answer = ada
            .upload(form.part("file", file("p.png", picture(1))))
            .await;
        assert_eq!(answer.status(), 422);
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["errors"][0]["field"], name);
    }
}

#[tokio::test]
async fn many_files_of_a_form_are_answered_in_their_order() {
    let hub = Hub::start(&["--limits=mesh", "--decodes=4"]);
    let ada = hub.sign_up("ada").await;
    let name = |number: u8| format!("{number}.png");
    // Every third one is none; the second is there twice.
    let form = (0..12).fold(Form::new(), |form, number| {
        let bytes = match number {
            _ if number % 3 == 0 => b"none".to_vec(),
            7 => picture(1),
            _ => picture(number),
        };
        form.part("file", file(&name(number), bytes))
    });
    let body: Value = ada.upload(form).await.json().await.unwrap();
    let images = body["images"].as_array().unwrap();
    let titles: Vec<_> = images
        .iter()
        .map(|image| image["title"].as_str().unwrap())
        .collect();
    let twice: Vec<_> = [titles[0], titles[4]].to_vec();
    assert_eq!(
        [&titles[1..4], &titles[5..]].concat(),
        ["2", "4", "5", "8", "10", "11"]
    );
    assert!(twice == ["1", "1"] || twice == ["7", "7"], "{twice:?}");
    assert_eq!(images[0]["id"], images[4]["id"]);
    let errors = body["errors"].as_array().unwrap();
    let named: Vec<_> = errors
        .iter()
        .map(|error| error["filename"].as_str().unwrap())
        .collect();
    assert_eq!(named, [0, 3, 6, 9].map(name));
}
