//! Albums, and what is done to many pictures at once.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Hub, TestUser, code, picture};

async fn album(owner: &TestUser<'_>, title: &str) -> Value {
    let made = owner
        .send(
            Method::POST,
            &owner.own("/albums"),
            json!({ "title": title }),
        )
        .await;
    assert_eq!(made.status(), 201);
    made.json().await.unwrap()
}

async fn batch(person: &TestUser<'_>, tenant: &str, body: Value) -> reqwest::Response {
    let path = format!("/t/{tenant}/images/batch");
    person.send(Method::POST, &path, body).await
}

fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

#[tokio::test]
async fn an_album_holds_pictures_and_the_newest_is_its_cover_unless_another_is_chosen() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let first = ada.add("1.png", picture(1)).await;
    let second = ada.add("2.png", picture(2)).await;
    let made = album(&ada, "Summer").await;
    assert_eq!(
        (made["images"].as_u64(), &made["cover"]),
        (Some(0), &Value::Null)
    );
    let path = ada.own(&format!("/albums/{}", id(&made)));

    let body =
        json!({ "ids": [id(&first), id(&second)], "action": "add_to_album", "album": id(&made) });
    let put: Value = batch(&ada, "ada", body).await.json().await.unwrap();
    assert_eq!(put["done"], json!([id(&first), id(&second)]));
    let full: Value = ada.get(&path).await.json().await.unwrap();
    assert_eq!(
        (full["images"].as_u64(), full["cover"].as_str()),
        (Some(2), Some(id(&second)))
    );

    let listing = format!("/t/ada/images?album={}&order=oldest", id(&made));
    let listed: Value = ada.get(&listing).await.json().await.unwrap();
    let ids: Vec<&str> = listed["images"]
        .as_array()
        .unwrap()
        .iter()
        .map(id)
        .collect();
    assert_eq!(ids, [id(&first), id(&second)]);

    let chosen = ada
        .send(
            Method::PATCH,
            &path,
            json!({ "title": "Sea", "cover": id(&first) }),
        )
        .await;
    let chosen: Value = chosen.json().await.unwrap();
    assert_eq!(
        (chosen["title"].as_str(), chosen["cover"].as_str()),
        (Some("Sea"), Some(id(&first)))
    );
    let reset: Value = ada
        .send(Method::PATCH, &path, json!({ "cover": null }))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(reset["cover"].as_str(), Some(id(&second)));

    let body = json!({ "ids": [id(&second)], "action": "remove_from_album", "album": id(&made) });
    assert_eq!(batch(&ada, "ada", body).await.status(), 200);
    let albums: Value = ada.get("/t/ada/albums").await.json().await.unwrap();
    assert_eq!(albums["albums"][0]["images"], 1);

    let gone = ada.ask(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(gone.status(), 204);
    assert_eq!(code(ada.get(&path).await).await, "not_found");
    assert_eq!(ada.get(first["pull"].as_str().unwrap()).await.status(), 200);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_album() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let page = ada.page("/t/ada/albums").await.text().await.unwrap();
    let (_, id) = page.split_once("name=\"id\" value=\"").unwrap();
    let id = id.split('"').next().unwrap();
    let submit = || ada.submit("/t/ada/albums", &[("id", id), ("title", "Summer")]);
    let (one, other) = tokio::join!(submit().send(), submit().send());
    for answer in [one.unwrap(), other.unwrap()] {
        let to = &answer.headers()["location"];
        assert_eq!(to, &format!("/t/ada/albums/{id}"));
    }
    let listed: Value = ada.get("/t/ada/albums").await.json().await.unwrap();
    assert_eq!(listed["albums"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn viewers_look_at_albums_and_change_nothing() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let mut vic = hub.sign_up("vic").await;
    ada.admit(&mut vic, "viewer").await;
    let made = album(&ada, "Summer").await;
    let path = ada.own(&format!("/albums/{}", id(&made)));
    assert_eq!(vic.get(&path).await.status(), 200);
    for (method, path) in [
        (Method::POST, "/t/ada/albums"),
        (Method::PATCH, path.as_str()),
        (Method::POST, "/t/ada/images/batch"),
    ] {
        let refused = vic.send(method, path, json!({ "title": "Mine" })).await;
        assert_eq!(code(refused).await, "forbidden", "{path}");
    }
}

#[tokio::test]
async fn an_album_without_a_title_or_with_a_foreign_cover_is_refused() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    for body in [json!({}), json!({ "title": "  " }), json!({ "title": 7 })] {
        let refused = ada.send(Method::POST, "/t/ada/albums", body).await;
        assert_eq!(code(refused).await, "invalid");
    }
    let outside = ada.add("1.png", picture(1)).await;
    let made = album(&ada, "Summer").await;
    let path = ada.own(&format!("/albums/{}", id(&made)));
    let refused = ada
        .send(Method::PATCH, &path, json!({ "cover": id(&outside) }))
        .await;
    assert_eq!(code(refused).await, "not_found");
}

#[tokio::test]
async fn a_batch_tells_which_pictures_it_was_done_to_and_why_not_to_the_others() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let one = ada.add("1.png", picture(1)).await;
    let two = ada.add("2.png", picture(2)).await;
    let body =
        json!({ "ids": [id(&one), "0000", id(&two)], "action": "tag", "tags": ["sea", "sun"] });
    let answer: Value = batch(&ada, "ada", body).await.json().await.unwrap();
    assert_eq!(answer["done"], json!([id(&one), id(&two)]));
    assert_eq!(answer["failed"][0]["id"], "0000");
    assert_eq!(answer["failed"][0]["code"], "not_found");

    let body = json!({ "ids": [id(&one)], "action": "untag", "tags": ["sea"] });
    assert_eq!(batch(&ada, "ada", body).await.status(), 200);
    let tags: Value = ada.get("/t/ada/tags?prefix=S").await.json().await.unwrap();
    assert_eq!(
        tags["tags"],
        json!([{ "tag": "sun", "images": 2 }, { "tag": "sea", "images": 1 }])
    );
    let tags: Value = ada.get("/t/ada/tags?prefix=se").await.json().await.unwrap();
    assert_eq!(tags["tags"], json!([{ "tag": "sea", "images": 1 }]));
}

#[tokio::test]
async fn a_deleted_picture_comes_back_by_restoring_it_and_by_uploading_it_again() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("1.png", picture(1)).await;
    let path = ada.own(&format!("/images/{}", id(&image)));
    let delete = async || {
        batch(
            &ada,
            "ada",
            json!({ "ids": [id(&image)], "action": "delete" }),
        )
        .await
    };
    assert_eq!(delete().await.status(), 200);
    assert_eq!(ada.get(&path).await.status(), 404);
    let trash: Value = ada
        .get("/t/ada/images?deleted=true")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(trash["images"][0]["id"], image["id"]);
    assert!(trash["images"][0]["deleted_at"].is_string());

    let restored = ada
        .ask(Method::POST, &format!("{path}/restore"))
        .send()
        .await
        .unwrap();
    assert_eq!(restored.status(), 200);
    let restored: Value = restored.json().await.unwrap();
    assert_eq!(
        (&restored["id"], &restored["deleted_at"]),
        (&image["id"], &Value::Null)
    );
    assert_eq!(ada.get(image["pull"].as_str().unwrap()).await.status(), 200);

    delete().await;
    let again = ada.add("again.png", picture(1)).await;
    assert_eq!(
        (&again["id"], &again["restored"]),
        (&image["id"], &json!(true))
    );
    let twice = ada.add("twice.png", picture(1)).await;
    assert_eq!(
        (&twice["id"], &twice["duplicate"]),
        (&image["id"], &json!(true))
    );
}

#[tokio::test]
async fn only_what_was_deleted_can_be_purged_and_then_it_is_gone() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("1.png", picture(1)).await;
    let act = async |action: &str| {
        let body = json!({ "ids": [id(&image)], "action": action });
        let answer: Value = batch(&ada, "ada", body).await.json().await.unwrap();
        answer["done"].as_array().unwrap().len()
    };
    assert_eq!(act("purge").await, 0);
    assert_eq!(act("delete").await, 1);
    let usage: Value = ada.get("/t/ada/usage").await.json().await.unwrap();
    assert_eq!(
        (usage["images"].as_u64(), usage["deleted_images"].as_u64()),
        (Some(0), Some(1))
    );
    assert_eq!(usage["deleted_bytes"], image["bytes"]);
    assert_eq!(act("purge").await, 1);
    assert_eq!(act("restore").await, 0);
    let usage: Value = ada.get("/t/ada/usage").await.json().await.unwrap();
    assert_eq!(usage["deleted_bytes"], 0);
    assert_eq!(usage["quota_bytes"], 1_000_000_000);
}

#[tokio::test]
async fn a_batch_that_makes_no_sense_is_refused_whole() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let many: Vec<String> = (0..201).map(|number| format!("{number:x}")).collect();
    for body in [
        json!({ "action": "delete" }),
        json!({ "ids": [], "action": "delete" }),
        json!({ "ids": many, "action": "delete" }),
        json!({ "ids": ["../x"], "action": "delete" }),
        json!({ "ids": ["a1"], "action": "shred" }),
        json!({ "ids": ["a1"], "action": "tag" }),
        json!({ "ids": ["a1"], "action": "add_to_album" }),
        json!({ "ids": "a1", "action": "delete" }),
    ] {
        let refused = batch(&ada, "ada", body.clone()).await;
        assert_eq!(refused.status(), 422, "{body}");
    }
    let body = json!({ "ids": ["a1"], "action": "add_to_album", "album": "a1" });
    assert_eq!(code(batch(&ada, "ada", body).await).await, "not_found");
}
