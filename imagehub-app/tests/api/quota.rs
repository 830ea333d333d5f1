//! Storage, and what it is limited to.

use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::reading::link;
use crate::world::{Hub, TestUser, file, picture};

/// A hub whose personal plan holds so many bytes.
fn small(bytes: u64) -> (Hub, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.json");
    let shipped = include_str!("../../../consul/policy.json");
    // Who waits for something by uploading again and again shall not be refused for that.
    let often = "\"upload\": {\"user\": {\"count\": 1000000, \"window_seconds\": 60}, \
         \"tenant\": {\"count\": 1000000,";
    let changed = shipped
        .replace(
            "\"personal\": 1000000000,",
            &format!("\"personal\": {bytes},"),
        )
        .replace(
            "\"upload\": {\"user\": {\"count\": 120, \"window_seconds\": 60}, \"tenant\": {\"count\": 1200,",
            often,
        );
    assert!(changed.contains(&bytes.to_string()) && changed.contains(often));
    std::fs::write(&path, changed).unwrap();
    (Hub::start(&["--policy", path.to_str().unwrap()]), folder)
}

async fn usage(person: &TestUser<'_>) -> Value {
    person
        .get(&person.own("/usage"))
        .await
        .json()
        .await
        .unwrap()
}

async fn upload(person: &TestUser<'_>, number: u8) -> reqwest::Response {
    let form = Form::new().part("file", file("x.png", picture(number)));
    person.upload(form).await
}

#[tokio::test]
async fn a_full_tenant_is_refused_until_the_trash_is_emptied_or_the_plan_grows() {
    let size = picture(1).len() as u64;
    let (hub, _policy) = small(size + size / 2);
    let ada = hub.sign_up("ada").await;
    let first = ada.add("1.png", picture(1)).await;
    let refused = upload(&ada, 2).await;
    assert_eq!(refused.status(), 507);
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["code"], "quota_exceeded");
    assert_eq!(refused["used_bytes"], first["bytes"]);
    assert_eq!(refused["quota_bytes"], size + size / 2);
    assert_eq!(usage(&ada).await["images"], 1);

    for (action, status) in [("delete", 507), ("purge", 201)] {
        let body = json!({ "ids": [first["id"]], "action": action });
        ada.send(Method::POST, "/t/ada/images/batch", body).await;
        assert_eq!(upload(&ada, 2).await.status(), status, "{action}");
    }
    assert_eq!(upload(&ada, 3).await.status(), 507);
    let body = json!({ "plan": "team" });
    ada.send(Method::PUT, "/api/v1/tenants/ada/plan", body)
        .await;
    assert_eq!(upload(&ada, 3).await.status(), 201);
}

#[tokio::test]
async fn what_cannot_fit_is_refused_before_it_is_sent() {
    let (hub, _policy) = small(1_000);
    let ada = hub.sign_up("ada").await;
    let request = format!(
        "POST /t/ada/images HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: multipart/form-data; boundary=b\r\ncontent-length: 20000000\r\n\r\n",
        ada.token
    );
    let address = hub.url.strip_prefix("http://").unwrap().to_owned();
    let answer = tokio::task::spawn_blocking(move || {
        use std::io::{Read as _, Write as _};
        let mut connection = std::net::TcpStream::connect(address).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = [0; 12];
        connection.read_exact(&mut answer).unwrap();
        String::from_utf8(answer.to_vec()).unwrap()
    });
    assert_eq!(answer.await.unwrap(), "HTTP/1.1 507");
}

#[tokio::test]
async fn parallel_uploads_fill_the_quota_and_never_more() {
    let sizes: Vec<u64> = (0..50).map(|number| picture(number).len() as u64).collect();
    let quota = sizes.iter().sum::<u64>() / 5;
    let (hub, _policy) = small(quota);
    let ada = hub.sign_up("ada").await;
    let answers = futures_util::future::join_all((0..50).map(|number| upload(&ada, number))).await;
    let mut stored = 0;
    let mut smallest_refused = u64::MAX;
    for (answer, size) in answers.into_iter().zip(sizes) {
        match answer.status().as_u16() {
            201 => stored += size,
            507 => smallest_refused = smallest_refused.min(size),
            other => panic!("{other}"),
        }
    }
    let used = usage(&ada).await["bytes"].as_u64().unwrap();
    assert_eq!(used, stored);
    assert!(used <= quota, "{used} of {quota}");
    assert!(
        quota - used < smallest_refused,
        "{used} of {quota}, refused {smallest_refused}"
    );
}

#[tokio::test]
async fn uploads_under_way_hold_their_room_and_give_it_back() {
    const MIB: u64 = 1024 * 1024;
    let (hub, _policy) = small(3 * MIB);
    let ada = hub.sign_up("ada").await;
    let upload = |bytes: reqwest::Body| {
        ada.ask(Method::POST, "/t/ada/images")
            .header("content-type", "multipart/form-data; boundary=b")
            .header("content-length", 2 * MIB)
            .body(bytes)
            .send()
    };
    let refused = || upload(vec![b'x'; usize::try_from(2 * MIB).unwrap()].into());
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let begin = futures_util::stream::once(async { Ok::<_, std::io::Error>(b"--b\r\n".to_vec()) });
    let rest = futures_util::stream::once(async {
        let _ = ended.await;
        Err(std::io::Error::other("the line is cut"))
    });
    let first = upload(reqwest::Body::wrap_stream(futures_util::StreamExt::chain(
        begin, rest,
    )));
    let other = async {
        while refused().await.unwrap().status() != 507 {}
        drop(end);
    };
    let (cut, ()) = tokio::join!(first, other);
    assert!(cut.is_err());
    while refused().await.unwrap().status() == 507 {}
}

#[tokio::test]
async fn a_listing_leads_to_its_next_page_by_its_link() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let mut added = Vec::new();
    for number in 0..5 {
        added.push(ada.add("x.png", picture(number)).await["id"].clone());
    }
    let mut path = "/t/ada/images?limit=2&order=oldest&q=x".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = ada.get(&path).await;
        let link = page
            .headers()
            .get("link")
            .map(|link| link.to_str().unwrap().to_owned());
        let page: Value = page.json().await.unwrap();
        seen.extend(
            page["images"]
                .as_array()
                .unwrap()
                .iter()
                .map(|image| image["id"].clone()),
        );
        assert_eq!(link.is_some(), page["next"].is_string());
        let Some(link) = link else { break };
        let (url, relation) = link.split_once("; ").unwrap();
        assert_eq!(relation, "rel=\"next\"");
        path = url.trim_matches(['<', '>']).to_owned();
    }
    assert_eq!(seen, added);
    for wrong in ["order=up", "deleted=maybe", "album=../x"] {
        let refused = ada.get(&format!("/t/ada/images?{wrong}")).await;
        assert_eq!(refused.status(), 422, "{wrong}");
    }
}

#[tokio::test]
async fn a_full_gallery_tells_a_browser_in_words_what_to_do() {
    let size = picture(1).len() as u64;
    let (hub, _policy) = small(size + size / 2);
    let ada = hub.sign_up("ada").await;
    ada.add("1.png", picture(1)).await;
    let refused = ada
        .browse(Method::POST, "/t/ada/images")
        .header("origin", &hub.url)
        .multipart(Form::new().part("file", file("2.png", picture(2))))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 507);
    let page = refused.text().await.unwrap();
    assert!(
        page.contains(" bytes of ") || page.contains(" kB of "),
        "{page}"
    );
    assert_eq!(link(&page, "See the plans"), "/plans?tenant=ada");
    assert_eq!(link(&page, ">Trash"), "/t/ada?deleted=true");
    assert!(page.contains("or restore them, which takes no more"));
}

#[tokio::test]
async fn a_form_of_unknown_length_is_read_no_further_than_there_is_room() {
    let (hub, _policy) = small(1_000_000);
    let ada = hub.sign_up("ada").await;
    let form = (0..5).fold(Form::new(), |form, number| {
        form.part("file", file(&format!("{number}.jpg"), vec![b'x'; 900_000]))
    });
    let kind = format!("multipart/form-data; boundary={}", form.boundary());
    // A stream's length is not known.
    let body = reqwest::Body::wrap_stream(form.into_stream());
    let request = ada.ask(Method::POST, "/t/ada/images");
    let answer = request.header("content-type", kind).body(body).send();
    let answer: Value = answer.await.unwrap().json().await.unwrap();
    let errors = answer["errors"].as_array().unwrap();
    let codes: Vec<_> = errors
        .iter()
        .map(|error| error["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["unsupported_type", "quota_exceeded"]);
}
