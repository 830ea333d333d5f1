//! What is done to several pictures at once, by form.

use crate::reading::{link, sent, text, upload_some, value};
use crate::world::Hub;

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
    assert_eq!(tagged, "/t/ada?order=oldest");
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
    assert!(deleted.contains("Nothing more found") && !deleted.contains("Nothing here yet"));
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
        ("tag", &long, "A tag can have up to 40 characters"),
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
        assert_eq!(to, "/t/ada?order=oldest");
        assert!(text(&ada, &to).await.contains(said), "{action} {tags:?}");
    }
    let download = ada
        .page("/t/ada/download?next=/t/ada?order=oldest&tags=")
        .await;
    assert_eq!(download.status(), 303);
    let to = download.headers()["location"].to_str().unwrap();
    assert_eq!(to, "/t/ada?order=oldest");
    assert!(text(&ada, to).await.contains("Select some pictures first."));
    let program = ada.get("/t/ada/download").await;
    assert_eq!(program.status(), 422);
}
