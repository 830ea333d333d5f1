//! What a page says about the form that led to it, and how it comes to know.

use crate::reading::{sent, text, upload_some};
use crate::world::{Hub, picture};

#[tokio::test]
async fn a_notice_is_said_once_and_where_it_belongs() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let settings = sent(&ada, "/t/ada/settings", &[("keep_metadata", "true")]).await;
    assert_eq!(settings, "/t/ada/settings");
    assert!(!text(&ada, "/t/ada").await.contains("Saved."));
    assert!(text(&ada, &settings).await.contains("Saved."));
    assert!(!text(&ada, &settings).await.contains("Saved."));
}

#[tokio::test]
async fn no_address_makes_a_page_say_what_did_not_happen() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let id = &upload_some(&ada, 1).await[0];
    for path in ["/t/ada", "/t/ada/settings", "/account"] {
        let path = format!("{path}?did=delete&count=1&added=1&undo={id}&ids={id}");
        let page = text(&ada, &path).await;
        assert!(!page.contains("class=\"note row\""), "{path}");
    }
}

#[tokio::test]
async fn a_notice_comes_in_a_cookie_that_scripts_and_other_sites_do_not_see() {
    let hub = Hub::start(&["--public-url", "https://hub.example"]);
    let ada = hub.sign_up("ada").await;
    let saved = ada.submit("/t/ada/settings", &[("keep_metadata", "true")]);
    let saved = saved
        .header("origin", "https://hub.example")
        .send()
        .await
        .unwrap();
    let cookie = saved.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("imagehub_notice="), "{cookie}");
    for part in ["Path=/", "Max-Age=60", "HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(cookie.split("; ").any(|found| found == part), "{cookie}");
    }
}

#[tokio::test]
async fn the_deletion_of_the_largest_batch_is_undone_by_one_button() {
    let hub = Hub::start(&["--limits", "mesh"]);
    let ada = hub.sign_up("ada").await;
    let mut ids = upload_some(&ada, 100).await;
    for number in 100..200 {
        let image = ada.add("p.png", picture(number)).await;
        ids.push(image["id"].as_str().unwrap().to_owned());
    }
    let mut batch: Vec<(&str, &str)> = ids.iter().map(|id| ("ids", id.as_str())).collect();
    batch.push(("action", "delete"));
    let gallery = sent(&ada, "/t/ada/images/batch", &batch).await;
    let page = text(&ada, &gallery).await;
    assert!(page.contains("200 pictures deleted.") && page.contains(">Undo</button>"));
    let mut undo: Vec<(&str, &str)> = ids.iter().map(|id| ("ids", id.as_str())).collect();
    let offered = page.matches("name=\"ids\" value=\"").count();
    assert_eq!(offered, ids.len());
    undo.push(("action", "restore"));
    let gallery = sent(&ada, "/t/ada/images/batch", &undo).await;
    assert!(
        text(&ada, &gallery)
            .await
            .contains("200 pictures restored.")
    );
}
