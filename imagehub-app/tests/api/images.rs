use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Hub, code, picture};

#[tokio::test]
async fn a_listing_is_newest_first_and_pages_meet_without_gap_or_repeat() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.insert(0, ada.add("p.png", picture(number)).await["id"].clone());
    }
    let mut seen = Vec::new();
    let mut path = "/t/ada/images?limit=2".to_owned();
    loop {
        let page: Value = ada.get(&path).await.json().await.unwrap();
        seen.extend(
            page["images"]
                .as_array()
                .unwrap()
                .iter()
                .map(|image| image["id"].clone()),
        );
        match page["next"].as_str() {
            Some(cursor) => path = format!("/t/ada/images?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, ids);
    let page: Value = ada
        .get("/t/ada/images?limit=999999999999")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(page["images"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_bad_cursor_or_limit_is_refused() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let cursor = ada.get("/t/ada/images?cursor=junk").await;
    assert_eq!(
        (cursor.status().as_u16(), code(cursor).await),
        (400, "malformed".into())
    );
    for limit in ["0", "-1", "x", "1.5"] {
        let answer = ada.get(&format!("/t/ada/images?limit={limit}")).await;
        assert_eq!(
            (answer.status().as_u16(), code(answer).await),
            (422, "invalid".into()),
            "{limit}"
        );
    }
}

#[tokio::test]
async fn title_and_tags_are_changed_found_again_and_checked() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let id = ada.add("p.png", picture(1)).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    ada.add("q.png", picture(2)).await;
    let path = format!("/t/ada/images/{id}");
    let edited = ada
        .send(
            Method::PATCH,
            &path,
            json!({ "title": "Fjörður", "tags": ["sea", "ice"] }),
        )
        .await;
    assert_eq!(edited.status(), 200);
    let image: Value = edited.json().await.unwrap();
    assert_eq!(
        (&image["title"], &image["tags"]),
        (&json!("Fjörður"), &json!(["sea", "ice"]))
    );
    for query in ["tag=ice", "q=fj%C3%B6r", "tag=sea&q=ICE"] {
        let page: Value = ada
            .get(&format!("/t/ada/images?{query}"))
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(page["images"].as_array().unwrap().len(), 1, "{query}");
        assert_eq!(page["images"][0]["id"], *id);
    }
    for wrong in [
        json!({ "title": "x".repeat(201) }),
        json!({ "tags": "sea" }),
        json!({ "tags": ["y".repeat(41)] }),
        json!({ "title": 1 }),
    ] {
        assert_eq!(ada.send(Method::PATCH, &path, wrong).await.status(), 422);
    }
}

#[tokio::test]
async fn a_deleted_image_is_gone_with_its_bytes() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("p.png", picture(1)).await;
    let path = format!("/t/ada/images/{}", image["id"].as_str().unwrap());
    assert_eq!(
        ada.ask(Method::DELETE, &path)
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    for gone in [path.clone(), format!("{path}/pull")] {
        let answer = ada.get(&gone).await;
        assert_eq!(
            (answer.status().as_u16(), code(answer).await),
            (404, "not_found".into())
        );
    }
    assert_eq!(
        ada.ask(Method::DELETE, &path)
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
}
