use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::Value;

use crate::world::{Hub, PASSWORD, Person, file, picture};

async fn upload_some(person: &Person<'_>, count: u8) -> Vec<String> {
    let mut form = Form::new();
    for number in 0..count {
        let name = format!("A picture of number {number}.png");
        form = form.part("file", file(&name, picture(number)));
    }
    let answer: Value = person.upload(form).await.json().await.unwrap();
    let images = answer["images"].as_array().unwrap();
    let ids = images.iter().map(|image| image["id"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

async fn text(person: &Person<'_>, path: &str) -> String {
    let answer = person.page(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap()
}

/// Where the link leads that has these words in it.
fn link(page: &str, words: &str) -> String {
    let links = page.split("<a ").skip(1);
    let mut links = links.filter_map(|link| link.split("</a>").next());
    let link = links.find(|link| link.contains(words)).unwrap();
    unescaped(link.split("href=\"").nth(1).unwrap())
}

/// The value of the first field or button of that name.
fn value(page: &str, name: &str) -> String {
    let field = page.split(&format!("name=\"{name}\"")).nth(1).unwrap();
    unescaped(field.split("value=\"").nth(1).unwrap())
}

/// An attribute's text, up to its quotation mark.
fn unescaped(attribute: &str) -> String {
    let text = attribute.split('"').next().unwrap();
    text.replace("&#38;", "&").replace("&amp;", "&")
}

async fn sent(person: &Person<'_>, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = person.submit(path, fields).send().await.unwrap();
    assert_eq!(answer.status(), 303, "{path}");
    answer.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_first_page_of_a_gallery_is_small() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    upload_some(&ada, 50).await;
    let page = text(&ada, "/t/ada").await;
    assert_eq!(page.matches("<li class=\"tile").count(), 50);
    let mut bytes = page.len();
    for name in ["/static/site.css?v=", "/static/site.js?v="] {
        let start = page.find(name).unwrap();
        let url = page[start..].split('"').next().unwrap();
        let asset = hub
            .ask(Method::GET, url)
            .header("accept-encoding", "gzip, deflate, br")
            .send()
            .await
            .unwrap();
        assert_eq!(asset.headers()["content-encoding"], "gzip");
        bytes += asset.bytes().await.unwrap().len();
    }
    assert!(bytes < 60_000, "{bytes} bytes");
}

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
async fn one_form_tags_files_and_deletes_several_pictures_and_undo_brings_them_back() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let ids = upload_some(&ada, 3).await;
    let batch = |action: &'static str| {
        vec![
            ("ids", ids[0].as_str()),
            ("ids", ids[1].as_str()),
            ("action", action),
            ("tags", "sea, sky"),
            ("album_title", "By the sea"),
            ("next", "/t/ada?order=oldest"),
        ]
    };
    let tagged = sent(&ada, "/t/ada/images/batch", &batch("tag")).await;
    assert!(
        tagged.starts_with("/t/ada?order=oldest&did=tag&count=2"),
        "{tagged}"
    );
    assert!(text(&ada, &tagged).await.contains("2 pictures tagged."));
    let found = text(&ada, "/t/ada?tag=sky").await;
    assert_eq!(found.matches("<li class=\"tile").count(), 2);

    sent(&ada, "/t/ada/images/batch", &batch("add_to_album")).await;
    let albums = text(&ada, "/t/ada/albums").await;
    assert!(albums.contains("By the sea") && albums.contains("2 pictures"));
    sent(&ada, "/t/ada/images/batch", &batch("add_to_album")).await;
    let again = text(&ada, "/t/ada/albums").await;
    assert_eq!(
        again.matches("By the sea").count(),
        1,
        "the album is found again by its title"
    );

    let deleted = sent(&ada, "/t/ada/images/batch", &batch("delete")).await;
    let page = text(&ada, &deleted).await;
    assert_eq!(page.matches("<li class=\"tile").count(), 1);
    assert!(page.contains("2 pictures deleted.") && page.contains(">Undo</button>"));
    let trash = text(&ada, "/t/ada?deleted=true").await;
    assert_eq!(trash.matches("<li class=\"tile").count(), 2);
    sent(&ada, "/t/ada/images/batch", &batch("restore")).await;
    assert_eq!(
        text(&ada, "/t/ada")
            .await
            .matches("<li class=\"tile")
            .count(),
        3
    );
}

#[tokio::test]
async fn a_form_without_a_chosen_picture_says_so() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let to = sent(
        &ada,
        "/t/ada/images/batch",
        &[("action", "delete"), ("next", "/t/ada")],
    )
    .await;
    assert!(
        text(&ada, &to)
            .await
            .contains("Select some pictures first.")
    );
}

#[tokio::test]
async fn a_gallery_without_pictures_is_ready_for_the_first_one() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let page = text(&ada, "/t/ada").await;
    assert!(page.contains("Nothing here yet"));
    for waiting in ["data-batch-bar", "data-batch-delete", "id=\"q\"", "></ul>"] {
        assert!(page.contains(waiting), "{waiting}");
    }
}

#[tokio::test]
async fn what_is_done_on_a_later_page_leads_back_to_it_with_all_that_was_asked_for() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let ids = upload_some(&ada, 3).await;
    for id in &ids {
        let edit = [("title", "Sea & sky"), ("tags", "by the sea")];
        sent(&ada, &format!("/t/ada/images/{id}/edit"), &edit).await;
    }
    let first = "/t/ada?limit=2&tag=by+the+sea&q=sea+%26&order=oldest";
    let older = link(&text(&ada, first).await, "rel=\"next\"");
    assert!(older.starts_with(first), "{older}");
    let later = text(&ada, &older).await;
    assert_eq!(later.matches("<li class=\"tile").count(), 1);
    let next = value(&later, "next");
    assert_eq!(next, older);

    let delete = [
        ("ids", ids[2].as_str()),
        ("action", "delete"),
        ("next", &next),
    ];
    let deleted = text(&ada, &sent(&ada, "/t/ada/images/batch", &delete).await).await;
    assert!(deleted.contains("No more pictures") && !deleted.contains("Nothing here yet"));
    assert_eq!(link(&deleted, "Oldest pictures"), first);
    let notice = &deleted[deleted.find("One picture deleted.").unwrap()..];
    assert!(notice.contains("<a href=\"/t/ada?deleted=true\">Trash</a>"));
    assert_eq!(value(notice, "next"), next);

    let undo = [
        ("ids", ids[2].as_str()),
        ("action", "restore"),
        ("next", &next),
    ];
    let restored = text(&ada, &sent(&ada, "/t/ada/images/batch", &undo).await).await;
    assert!(restored.contains("One picture restored."));
    assert_eq!(restored.matches("<li class=\"tile").count(), 1);
}

#[tokio::test]
async fn a_page_of_an_album_is_come_back_to_like_one_of_the_gallery() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let ids = upload_some(&ada, 3).await;
    let album = sent(&ada, "/t/ada/albums", &[("title", "Summer")]).await;
    let mut into: Vec<(&str, &str)> = ids.iter().map(|id| ("ids", id.as_str())).collect();
    into.extend([("action", "add_to_album"), ("album_title", "Summer")]);
    sent(&ada, "/t/ada/images/batch", &into).await;
    let first = format!("{album}?limit=2&order=oldest");
    let older = link(&text(&ada, &first).await, "rel=\"next\"");
    let later = text(&ada, &older).await;
    assert_eq!(value(&later, "next"), older);
    assert_eq!(link(&later, "Oldest pictures"), first);
}

#[tokio::test]
async fn enter_in_a_field_of_a_batch_does_what_the_field_is_for() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let ids = upload_some(&ada, 1).await;
    let page = text(&ada, "/t/ada").await;
    let bar = &page[page.find("data-batch-bar").unwrap()..];
    let first = &bar[bar.find("<button").unwrap()..];
    assert_eq!(
        value(first, "action"),
        "enter",
        "the first button is what Enter presses"
    );
    let enter = async |tags: &str, album: &str| {
        let fields = [
            ("ids", ids[0].as_str()),
            ("action", "enter"),
            ("tags", tags),
            ("album_title", album),
        ];
        let to = sent(&ada, "/t/ada/images/batch", &fields).await;
        text(&ada, &to).await
    };
    assert!(enter("sea", " ").await.contains("One picture tagged."));
    assert!(
        enter("", "Summer")
            .await
            .contains("One picture added to the album.")
    );
    assert!(
        enter(" ", "")
            .await
            .contains("Type the tags, or the album’s title, first.")
    );
}

#[tokio::test]
async fn a_batch_without_what_it_needs_says_so_on_the_page() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let ids = upload_some(&ada, 1).await;
    let long = "x".repeat(41);
    for (action, tags, said) in [
        ("tag", " ", "Type the tags"),
        ("tag", " , ", "Type the tags"),
        ("untag", "", "Type the tags"),
        ("tag", &long, "A tag has up to 40 characters"),
        (
            "add_to_album",
            "sea",
            "Type the tags, or the album’s title, first.",
        ),
    ] {
        let fields = [
            ("ids", ids[0].as_str()),
            ("action", action),
            ("tags", tags),
            ("album_title", " "),
            ("next", "/t/ada?order=oldest"),
        ];
        let to = sent(&ada, "/t/ada/images/batch", &fields).await;
        assert!(to.starts_with("/t/ada?order=oldest&"), "{to}");
        assert!(text(&ada, &to).await.contains(said), "{action} {tags:?}");
    }
    let download = ada
        .page("/t/ada/download?next=/t/ada?order=oldest&tags=")
        .await;
    assert_eq!(download.status(), 303);
    let to = download.headers()["location"].to_str().unwrap();
    assert!(to.starts_with("/t/ada?order=oldest&"), "{to}");
    assert!(text(&ada, to).await.contains("Select some pictures first."));
    let program = ada.get("/t/ada/download").await;
    assert_eq!(program.status(), 422);
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
    assert!(text(&ada, &album).await.contains("Nothing in here yet"));
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
async fn an_invite_link_lets_somebody_in_after_one_click() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let bob = hub.sign_up("bob").await;
    let made = [("role", "viewer"), ("days", "7")];
    sent(&ada, "/t/ada/invite-links", &made).await;
    let settings = text(&ada, "/t/ada/settings").await;
    let start = settings.find("/join/ada/").unwrap();
    let path = settings[start..].split('"').next().unwrap();
    assert!(
        text(&bob, path)
            .await
            .contains("would like to have you as viewer")
    );
    assert_eq!(bob.page("/t/ada").await.status(), 403);
    assert_eq!(sent(&bob, path, &[]).await, "/t/ada");
    assert!(
        text(&ada, "/t/ada/settings")
            .await
            .contains("<strong>bob</strong>")
    );
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
    let to = again.headers()["location"].to_str().unwrap();
    let page = text(&ada, to).await;
    assert!(page.contains("The same bytes are here already:"));
    assert!(page.contains(&format!(
        "<a href=\"/t/ada/images/{}\">this picture</a>",
        ids[0]
    )));
}

#[tokio::test]
async fn a_gallery_is_deleted_only_by_its_name() {
    let hub = Hub::embedded();
    let mut ada = hub.sign_up("ada").await;
    let founded = ada.submit("/tenants", &[("name", "acme"), ("plan", "team")]);
    let founded = founded.send().await.unwrap();
    let cookie = founded.headers()["set-cookie"].to_str().unwrap();
    ada.token = cookie["imagehub_session=".len()..]
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let wrong = ada.submit("/t/acme/delete", &[("confirm", "ada")]);
    assert_eq!(wrong.send().await.unwrap().status(), 422);
    assert_eq!(
        sent(&ada, "/t/acme/delete", &[("confirm", "acme")]).await,
        "/"
    );
    assert_eq!(ada.page("/t/acme").await.status(), 403);
}

#[tokio::test]
async fn the_password_is_changed_by_who_knows_it() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let wrong = [("password", "wrong horse"), ("new", "another horse")];
    let wrong = ada
        .submit("/account/password", &wrong)
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), 401);
    assert!(wrong.text().await.unwrap().contains("role=\"alert\""));
    let right = [("password", PASSWORD), ("new", "another horse")];
    sent(&ada, "/account/password", &right).await;
    let login = [("username", "ada"), ("password", "another horse")];
    let login = hub.form("/login", &login).send().await.unwrap();
    assert_eq!(login.status(), 303);
}

#[tokio::test]
async fn a_token_is_shown_once_with_the_line_that_uploads() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let fields = [
        ("name", "My laptop"),
        ("tenant", "ada"),
        ("role", "member"),
        ("days", "30"),
    ];
    let made = ada.submit("/account/tokens", &fields).send().await.unwrap();
    assert_eq!(made.status(), 201);
    assert_eq!(made.headers()["cache-control"], "no-store");
    let page = made.text().await.unwrap();
    let start = page.find("<code>ey").unwrap() + "<code>".len();
    let token = page[start..].split('<').next().unwrap();
    assert!(page.contains(&format!("-F file=@picture.jpg {}/t/ada/images", hub.url)));
    let program = Person {
        hub: &hub,
        name: "ada".to_owned(),
        token: token.to_owned(),
    };
    program.add("one.png", picture(1)).await;
    let later = text(&ada, "/account").await;
    assert!(later.contains("My laptop") && !later.contains(token));
}
