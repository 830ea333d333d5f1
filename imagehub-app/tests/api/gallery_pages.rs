//! The gallery and its albums, as pages.

use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::Value;

use crate::reading::{hidden_fields, link, sent, text, upload_some};
use crate::world::{Hub, file, picture};

#[tokio::test]
async fn pictures_leave_room_for_themselves_and_are_no_larger_than_needed() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    upload_some(&ada, 1).await;
    let page = text(&ada, "/t/ada").await;
    for words in ["srcset=\"", "sizes=\"", "width=\"60\" height=\"40\""] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("/pull\""));
}

#[tokio::test]
async fn a_gallery_without_pictures_is_ready_for_the_first_one() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let page = text(&ada, "/t/ada").await;
    assert!(page.contains("Add your first pictures"));
    for waiting in ["data-batch-bar", "data-batch-delete", "id=\"q\"", "></ul>"] {
        assert!(page.contains(waiting), "{waiting}");
    }
}

#[tokio::test]
async fn a_space_around_what_is_searched_for_does_not_matter() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    upload_some(&ada, 2).await;
    let found = text(&ada, "/t/ada?q=%20number+1+&tag=+").await;
    assert_eq!(found.matches("<li class=\"tile").count(), 1);
    let answer: Value = ada
        .get("/t/ada/images?q=number+1%20")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(answer["images"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_album_is_made_named_covered_and_deleted_with_plain_forms() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let ids = upload_some(&ada, 2).await;
    let album = sent(&ada, "/t/ada/albums", &[("title", "Summer")]).await;
    assert!(text(&ada, &album).await.contains("No pictures yet"));
    let into = [
        ("ids", ids[0].as_str()),
        ("ids", ids[1].as_str()),
        ("action", "add_to_album"),
        ("album_title", "summer"),
    ];
    sent(&ada, "/t/ada/images/batch", &into).await;
    let edit = [("title", "Late summer"), ("cover", ids[0].as_str())];
    sent(&ada, &format!("{album}/edit"), &edit).await;
    let albums = text(&ada, "/t/ada/albums").await;
    let cover = format!("/t/ada/images/{}/thumb/320", ids[0]);
    assert!(albums.contains("Late summer") && albums.contains(&cover));
    let gone = sent(&ada, &format!("{album}/delete"), &[]).await;
    assert!(
        text(&ada, &gone)
            .await
            .contains("Its pictures are still here.")
    );
    assert_eq!(ada.page(&album).await.status(), 404);
    assert_eq!(
        text(&ada, "/t/ada")
            .await
            .matches("<li class=\"tile")
            .count(),
        2
    );
}

#[tokio::test]
async fn a_share_link_is_made_shown_and_revoked_with_plain_forms() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let ids = upload_some(&ada, 1).await;
    let path = format!("/t/ada/images/{}", ids[0]);
    let share = [
        ("image", ids[0].as_str()),
        ("audience", "anyone"),
        ("days", "7"),
        ("next", &path),
    ];
    sent(&ada, "/t/ada/shares", &share).await;
    let page = text(&ada, &path).await;
    let start = page.find(&format!("{}/s/ada/", hub.url)).unwrap();
    let url = page[start..].split('"').next().unwrap();
    let secret = url.rsplit('/').next().unwrap();
    let revoke = format!("/t/ada/shares/{secret}/revoke");
    sent(&ada, &revoke, &[("next", &path)]).await;
    assert!(!text(&ada, &path).await.contains(secret));
}

#[tokio::test]
async fn the_same_picture_again_is_named_and_linked() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let ids = upload_some(&ada, 1).await;
    let again = ada
        .browse(Method::POST, "/t/ada/images")
        .header("origin", &hub.url)
        .multipart(Form::new().part("file", file("again.png", picture(0))))
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 303);
    ada.keep_notice(&again);
    let to = again.headers()["location"].to_str().unwrap();
    let page = text(&ada, to).await;
    assert!(page.contains("The same picture is already here:"));
    assert!(page.contains(&format!(
        "<a href=\"/t/ada/images/{}\">this picture</a>",
        ids[0]
    )));
}

#[tokio::test]
async fn saving_an_albums_title_leaves_its_cover_as_it_is() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let ids = upload_some(&ada, 4).await;
    let album = sent(&ada, "/t/ada/albums", &[("title", "Summer")]).await;
    let add = async |ids: &[&String]| {
        let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("ids", id.as_str())).collect();
        fields.extend([("action", "add_to_album"), ("album_title", "Summer")]);
        sent(&ada, "/t/ada/images/batch", &fields).await;
    };
    // As the page's form is when nobody touches it.
    let save = async |page: &str| {
        let page = text(&ada, page).await;
        let cover = page.split("<select id=\"cover\"").nth(1).unwrap();
        let first = cover.split("<option ").nth(1).unwrap();
        assert!(
            !cover
                .split("</select>")
                .next()
                .unwrap()
                .contains(" selected")
        );
        let first = first
            .split("value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let fields = [("title", "Summer"), ("cover", first)];
        sent(&ada, &format!("{album}/edit"), &fields).await;
    };
    let cover = async || -> Value {
        let answer: Value = ada.get(&album).await.json().await.unwrap();
        answer["cover"].clone()
    };
    add(&[&ids[0], &ids[1]]).await;
    save(&album).await;
    add(&[&ids[2]]).await;
    assert_eq!(
        cover().await,
        ids[2].as_str(),
        "the newest one goes on being it"
    );

    let chosen = [("title", "Summer"), ("cover", ids[0].as_str())];
    sent(&ada, &format!("{album}/edit"), &chosen).await;
    save(&format!("{album}?limit=1")).await;
    add(&[&ids[3]]).await;
    assert_eq!(
        cover().await,
        ids[0].as_str(),
        "the chosen one is on no page but the last"
    );
    let newest = [("title", "Summer"), ("cover", "")];
    sent(&ada, &format!("{album}/edit"), &newest).await;
    assert_eq!(cover().await, ids[3].as_str());
}

#[tokio::test]
async fn a_small_picture_is_not_blown_up_and_a_large_one_no_larger_than_the_window() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let ids = upload_some(&ada, 1).await;
    let share = [
        ("image", ids[0].as_str()),
        ("audience", "anyone"),
        ("days", "7"),
    ];
    sent(&ada, "/t/ada/shares", &share).await;
    let page = text(&ada, &format!("/t/ada/images/{}", ids[0])).await;
    let shared = page
        .split(&hub.url)
        .find(|rest| rest.starts_with("/s/"))
        .unwrap();
    let shared = text(&ada, shared.split('"').next().unwrap()).await;
    for page in [page, shared] {
        assert!(page.contains("vw, 60px)\" width=\"60\" height=\"40\""));
        assert!(page.contains("320 60w\""));
    }
}

#[tokio::test]
async fn a_pictures_page_leads_to_its_neighbours_in_the_gallerys_order() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let ids = upload_some(&ada, 4).await;
    let path = |id: &String| format!("/t/ada/images/{id}");
    sent(&ada, &format!("{}/delete", path(&ids[2])), &[]).await;
    let newest = text(&ada, &path(&ids[3])).await;
    assert!(!newest.contains("data-previous"));
    assert_eq!(link(&newest, "rel=\"next\" data-following"), path(&ids[1]));
    let middle = text(&ada, &path(&ids[1])).await;
    assert_eq!(link(&middle, "rel=\"prev\" data-previous"), path(&ids[3]));
    assert_eq!(link(&middle, "rel=\"next\" data-following"), path(&ids[0]));
    assert!(!text(&ada, &path(&ids[0])).await.contains("data-following"));
}

#[tokio::test]
async fn a_pictures_page_says_which_albums_it_is_in_and_changes_that() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    ada.admit(&mut bob, "viewer").await;
    let ids = upload_some(&ada, 1).await;
    let path = format!("/t/ada/images/{}", ids[0]);
    let page = text(&ada, &path).await;
    assert!(!page.contains("In albums"));
    let mut fields = hidden_fields(&page, "<form class=\"to-album");
    fields.push(("album_title".to_owned(), "By the sea".to_owned()));
    fields.push(("action".to_owned(), "add_to_album".to_owned()));
    let send = async |fields: &[(String, String)]| {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let to = sent(&ada, "/t/ada/images/batch", &fields).await;
        assert!(to.starts_with(&path), "{to}");
        text(&ada, &to).await
    };
    let page = send(&fields).await;
    assert!(page.contains("One picture added to the album."));
    let album = link(&page, "By the sea");
    assert!(
        text(&ada, &album)
            .await
            .contains("One picture, created by ada")
    );
    let seen = text(&bob, &path).await;
    assert_eq!(link(&seen, "By the sea"), album);
    assert!(!seen.contains("Remove<span class=\"unseen\"> from"));
    let facts = page.split("<dt>In albums</dt>").nth(1).unwrap();
    let mut fields = hidden_fields(facts, "<form");
    fields.push(("action".to_owned(), "remove_from_album".to_owned()));
    assert!(!send(&fields).await.contains("In albums"));
}

#[tokio::test]
async fn the_trash_shows_its_pictures_to_who_may_bring_them_back() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    ada.admit(&mut bob, "viewer").await;
    let ids = upload_some(&ada, 1).await;
    let path = format!("/t/ada/images/{}", ids[0]);
    let thumb = format!("{path}/thumb/320");
    assert_eq!(bob.page(&thumb).await.status(), 200);
    sent(&ada, &format!("{path}/delete"), &[]).await;
    assert!(
        text(&ada, "/t/ada?deleted=true")
            .await
            .contains(&format!("src=\"{thumb}\""))
    );
    assert_eq!(ada.page(&thumb).await.status(), 200);
    assert_eq!(bob.page(&thumb).await.status(), 404);
    assert_eq!(ada.page(&format!("{path}/pull")).await.status(), 404);
    let purge = [("ids", ids[0].as_str()), ("action", "purge")];
    sent(&ada, "/t/ada/images/batch", &purge).await;
    assert_eq!(ada.page(&thumb).await.status(), 404);
}
