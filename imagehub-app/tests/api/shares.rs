//! Share links.

use reqwest::Method;
use serde_json::{Value, json};

use crate::download::archive;
use crate::world::{BROWSER, Hub, TestUser, code, picture};

async fn share(person: &TestUser<'_>, body: Value) -> Value {
    let made = person.send(Method::POST, "/t/ada/shares", body).await;
    assert_eq!(made.status(), 201);
    made.json().await.unwrap()
}

fn url(share: &Value) -> &str {
    share["url"].as_str().unwrap()
}

#[tokio::test]
async fn anyone_with_the_link_sees_one_picture_and_nothing_else() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let shown = ada.add("shown.png", picture(1)).await;
    let hidden = ada.add("hidden.png", picture(2)).await;
    let made = share(
        &ada,
        json!({ "image": shown["id"], "audience": "anyone", "days": 3 }),
    )
    .await;
    let link = url(&made);

    let seen = hub.get(link).await;
    assert_eq!(seen.status(), 200);
    assert!(
        seen.headers()["ratelimit"]
            .to_str()
            .unwrap()
            .starts_with("\"address\";r=299;")
    );
    let seen: Value = seen.json().await.unwrap();
    assert_eq!(seen["images"].as_array().unwrap().len(), 1);
    let image = &seen["images"][0];
    assert_eq!(
        (&image["id"], &image["title"]),
        (&shown["id"], &json!("shown"))
    );
    assert!(image.get("uploaded_by").is_none() && image.get("tags").is_none());

    let bytes = hub.get(image["pull"].as_str().unwrap()).await;
    assert_eq!(bytes.bytes().await.unwrap(), picture(1));
    let thumbnail = hub.get(image["thumbnails"]["320"].as_str().unwrap()).await;
    assert_eq!(thumbnail.status(), 200);
    assert!(
        thumbnail.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("image/")
    );

    let other = format!("{link}?image={}", hidden["id"].as_str().unwrap());
    assert_eq!(code(hub.get(&other).await).await, "not_found");
    let size = format!("{link}?image={}&size=7", shown["id"].as_str().unwrap());
    assert_eq!(code(hub.get(&size).await).await, "not_found");
}

#[tokio::test]
async fn a_link_to_an_album_shows_what_is_in_it_when_somebody_looks() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let album = ada.album("Summer").await;
    let made = share(&ada, json!({ "album": album["id"], "audience": "anyone" })).await;
    let look = async || hub.get(url(&made)).await.json::<Value>().await.unwrap();
    let empty = look().await;
    assert_eq!(
        (&empty["album"], &empty["images"]),
        (&json!("Summer"), &json!([]))
    );

    let image = ada.add("1.png", picture(1)).await;
    let pull = format!("{}?image={}", url(&made), image["id"].as_str().unwrap());
    assert_eq!(hub.get(&pull).await.status(), 404);
    let put = json!({ "ids": [image["id"]], "action": "add_to_album", "album": album["id"] });
    ada.send(Method::POST, "/t/ada/images/batch", put).await;
    assert_eq!(look().await["images"][0]["id"], image["id"]);
    assert_eq!(hub.get(&pull).await.status(), 200);

    let gone = ada
        .ask(
            Method::DELETE,
            &format!("/t/ada/albums/{}", album["id"].as_str().unwrap()),
        )
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), 204);
    assert_eq!(code(hub.get(url(&made)).await).await, "gone");
    assert_eq!(code(hub.get(&pull).await).await, "gone");
}

#[tokio::test]
async fn a_link_for_the_tenant_asks_who_is_looking() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let eve = hub.sign_up("eve").await;
    let mut vic = hub.sign_up("vic").await;
    ada.admit(&mut vic, "viewer").await;
    let image = ada.add("1.png", picture(1)).await;
    let made = share(&ada, json!({ "image": image["id"], "audience": "tenant" })).await;
    let link = url(&made);
    assert_eq!(made["until"], Value::Null);
    assert_eq!(code(hub.get(link).await).await, "unauthenticated");
    assert_eq!(code(eve.get(link).await).await, "forbidden");
    assert_eq!(vic.get(link).await.status(), 200);
    let browser = hub
        .ask(Method::GET, link)
        .header("accept", BROWSER)
        .send()
        .await
        .unwrap();
    assert_eq!(browser.status(), 303);
    assert!(
        browser.headers()["location"]
            .to_str()
            .unwrap()
            .starts_with("/login?next=%2Fs%2Fada%2F")
    );
}

#[tokio::test]
async fn a_revoked_link_is_gone_and_an_unknown_one_was_never_there() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("1.png", picture(1)).await;
    let made = share(&ada, json!({ "image": image["id"], "audience": "anyone" })).await;
    let listed: Value = ada.get("/t/ada/shares").await.json().await.unwrap();
    assert_eq!(listed["shares"][0], made);
    let of = format!("/t/ada/shares?image={}", image["id"].as_str().unwrap());
    let listed: Value = ada.get(&of).await.json().await.unwrap();
    assert_eq!(listed["shares"].as_array().unwrap().len(), 1);

    let path = format!("/t/ada/shares/{}", made["secret"].as_str().unwrap());
    let revoked = ada.ask(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(revoked.status(), 204);
    assert_eq!(code(hub.get(url(&made)).await).await, "gone");
    let listed: Value = ada.get("/t/ada/shares").await.json().await.unwrap();
    assert_eq!(listed["shares"], json!([]));

    for unknown in [
        "/s/ada/00000000000000000000000000000000",
        "/s/ada/x",
        "/s/Nobody/x",
    ] {
        assert_eq!(code(hub.get(unknown).await).await, "not_found", "{unknown}");
    }
}

#[tokio::test]
async fn a_link_to_a_deleted_picture_is_gone_until_it_is_restored() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("1.png", picture(1)).await;
    let made = share(&ada, json!({ "image": image["id"], "audience": "anyone" })).await;
    let path = ada.own(&format!("/images/{}", image["id"].as_str().unwrap()));
    let pull = format!("{}?image={}", url(&made), image["id"].as_str().unwrap());
    ada.ask(Method::DELETE, &path).send().await.unwrap();
    for link in [url(&made), &pull, &format!("{pull}&size=320")] {
        assert_eq!(code(hub.get(link).await).await, "gone", "{link}");
    }
    ada.ask(Method::POST, &format!("{path}/restore"))
        .send()
        .await
        .unwrap();
    assert_eq!(hub.get(url(&made)).await.status(), 200);

    let purge = json!({ "ids": [image["id"]], "action": "delete" });
    ada.send(Method::POST, "/t/ada/images/batch", purge).await;
    let purge = json!({ "ids": [image["id"]], "action": "purge" });
    let purged = ada.send(Method::POST, "/t/ada/images/batch", purge).await;
    assert_eq!(purged.status(), 200);
    assert_eq!(code(hub.get(url(&made)).await).await, "gone");
    assert_eq!(code(hub.get(&pull).await).await, "gone");
}

#[tokio::test]
async fn members_share_viewers_do_not_and_a_link_is_for_one_thing() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let mut vic = hub.sign_up("vic").await;
    ada.admit(&mut vic, "viewer").await;
    let image = ada.add("1.png", picture(1)).await;
    let body = json!({ "image": image["id"], "audience": "anyone" });
    let refused = vic.send(Method::POST, "/t/ada/shares", body).await;
    assert_eq!(code(refused).await, "forbidden");
    assert_eq!(code(vic.get("/t/ada/shares").await).await, "forbidden");
    for body in [
        json!({ "audience": "anyone" }),
        json!({ "image": image["id"], "album": "a1", "audience": "anyone" }),
        json!({ "image": image["id"] }),
        json!({ "image": image["id"], "audience": "all" }),
        json!({ "image": image["id"], "audience": "anyone", "days": 0 }),
        json!({ "image": image["id"], "audience": "anyone", "days": 366 }),
    ] {
        let refused = ada.send(Method::POST, "/t/ada/shares", body.clone()).await;
        assert_eq!(refused.status(), 422, "{body}");
    }
    let missing = json!({ "image": "a1", "audience": "anyone" });
    let refused = ada.send(Method::POST, "/t/ada/shares", missing).await;
    assert_eq!(code(refused).await, "not_found");
}

#[tokio::test]
async fn a_busy_link_waits_whoever_follows_it() {
    let hub = Hub::embedded();
    let path = "/s/ada/00000000000000000000000000000000";
    let (mut followed, mut answer) = (0, hub.get(path).await);
    while answer.status() == 404 {
        followed += 1;
        answer = hub.get(path).await;
    }
    let refused = answer;
    assert_eq!(refused.status(), 429);
    // Five a second come back meanwhile.
    assert!((300..600).contains(&followed), "{followed}");
    assert_eq!(
        refused.headers()["ratelimit-policy"],
        "\"address\";q=300;w=60, \"link\";q=300;w=60"
    );
}

async fn page_of(hub: &Hub, link: &str) -> String {
    let page = hub.ask(Method::GET, link).header("accept", BROWSER);
    page.send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn a_shared_album_comes_as_one_file_to_who_may_see_it_until_the_link_is_over() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let album = ada.album("Summer").await;
    let image = ada.add("sea.png", picture(1)).await;
    let put = json!({ "ids": [image["id"]], "action": "add_to_album", "album": album["id"] });
    ada.send(Method::POST, "/t/ada/images/batch", put).await;
    let open = share(&ada, json!({ "album": album["id"], "audience": "anyone" })).await;
    let closed = share(&ada, json!({ "album": album["id"], "audience": "tenant" })).await;
    let all = |share: &Value| format!("{}?download=all", url(share));

    let page = page_of(&hub, url(&open)).await;
    assert!(page.contains(&format!("href=\"{}\"", all(&open))));
    let zip = hub.get(&all(&open)).await;
    assert!(
        zip.headers()["ratelimit"]
            .to_str()
            .unwrap()
            .starts_with("\"address\"")
    );
    let disposition = zip.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment; filename=\"Summer.zip\""));
    assert_eq!(archive(zip).await, [("sea.png".to_owned(), picture(1))]);

    assert_eq!(code(hub.get(&all(&closed)).await).await, "unauthenticated");
    assert_eq!(archive(ada.get(&all(&closed)).await).await.len(), 1);

    let path = format!("/t/ada/shares/{}", open["secret"].as_str().unwrap());
    ada.ask(Method::DELETE, &path).send().await.unwrap();
    let over = hub.get(&all(&open)).await;
    assert_eq!(over.status(), 410);
    assert_eq!(code(over).await, "gone");
}

#[tokio::test]
async fn a_chat_shows_a_picture_of_what_anyone_may_see_and_nothing_of_the_rest() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("By & by.png", picture(1)).await;
    let open = share(&ada, json!({ "image": image["id"], "audience": "anyone" })).await;
    let page = page_of(&hub, url(&open)).await;
    let content = |name: &str| {
        let tag = page
            .split(&format!("=\"{name}\" content=\""))
            .nth(1)
            .unwrap();
        crate::reading::unescaped(tag)
    };
    assert_eq!(content("og:title"), "By & by");
    assert_eq!(content("og:type"), "website");
    assert_eq!(content("twitter:card"), "summary_large_image");
    let picture = content("og:image");
    let seen = hub.get(picture.strip_prefix(&hub.url).unwrap()).await;
    assert_eq!(seen.status(), 200);
    assert_eq!(seen.headers()["content-type"], "image/jpeg");

    let closed = share(&ada, json!({ "image": image["id"], "audience": "tenant" })).await;
    assert!(
        !super::reading::text(&ada, url(&closed))
            .await
            .contains("og:")
    );
}
