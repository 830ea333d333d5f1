//! What people do with plain forms, and where that leads.

use crate::reading::{cookie_of, link, text};
use crate::world::{Hub, PASSWORD, picture};

#[tokio::test]
async fn the_whole_journey_works_with_plain_forms() {
    let hub = Hub::embedded();
    let signed_up = hub
        .form("/signup", &[("username", "ada"), ("password", PASSWORD)])
        .send()
        .await
        .unwrap();
    assert_eq!(signed_up.status(), 303);
    assert_eq!(signed_up.headers()["location"], "/t/ada");
    let mut ada = hub.sign_up("ada-two").await;
    let bob = hub.sign_up("bob").await;

    let founded = ada
        .submit("/tenants", &[("name", "acme"), ("plan", "personal")])
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            founded.status().as_u16(),
            founded.headers()["location"].to_str().unwrap()
        ),
        (303, "/t/acme")
    );
    ada.token = cookie_of(&founded);
    assert_eq!(ada.page("/t/acme").await.status(), 200);

    let invited = ada
        .submit(
            "/t/acme/members",
            &[("username", "bob"), ("role", "member")],
        )
        .send()
        .await
        .unwrap();
    assert_eq!(invited.status(), 303);
    assert!(
        bob.page("/")
            .await
            .text()
            .await
            .unwrap()
            .contains("Join acme")
    );
    let joined = bob.submit("/invitations/acme", &[]).send().await.unwrap();
    assert_eq!(
        (
            joined.status().as_u16(),
            joined.headers()["location"].to_str().unwrap()
        ),
        (303, "/t/acme")
    );

    let upgraded = ada
        .submit(
            "/t/acme/plan",
            &[("plan", "team"), ("next", "/t/acme/settings")],
        )
        .send()
        .await
        .unwrap();
    assert_eq!(upgraded.headers()["location"], "/t/acme/settings");
    ada.token = cookie_of(&upgraded);
    assert!(
        ada.page("/t/acme/settings")
            .await
            .text()
            .await
            .unwrap()
            .contains("bob")
    );
    let removed = ada
        .submit("/t/acme/members/bob/remove", &[])
        .send()
        .await
        .unwrap();
    assert_eq!(removed.status(), 303);
}

#[tokio::test]
async fn a_picture_is_shown_edited_and_deleted_with_plain_forms() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("<b>one</b>.png", picture(1)).await;
    let path = format!("/t/ada/images/{}", image["id"].as_str().unwrap());
    let gallery = ada.page("/t/ada").await.text().await.unwrap();
    assert!(gallery.contains(&path) && gallery.contains("width=\"60\" height=\"40\""));
    assert!(!gallery.contains("<b>one"));
    assert!(
        !gallery.contains("/pull\""),
        "pages never load an original by themselves"
    );
    let edited = ada
        .submit(
            &format!("{path}/edit"),
            &[("title", "Two"), ("tags", "sea, sky")],
        )
        .send()
        .await
        .unwrap();
    assert_eq!(edited.status(), 303);
    let page = ada.page(&path).await.text().await.unwrap();
    assert!(page.contains("Two") && page.contains("/t/ada?tag=sky"));
    let deleted = ada
        .submit(&format!("{path}/delete"), &[])
        .send()
        .await
        .unwrap();
    ada.keep_notice(&deleted);
    let to = deleted.headers()["location"].to_str().unwrap();
    let gallery = ada.page(to).await.text().await.unwrap();
    assert!(gallery.contains("One picture deleted.") && gallery.contains(">Undo</button>"));
    let gone = ada.page(&path).await;
    assert_eq!(gone.status(), 404);
    assert!(
        gone.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
}

#[tokio::test]
async fn a_refused_form_says_what_is_wrong_and_keeps_the_name() {
    let hub = Hub::embedded();
    let refused = hub
        .form("/signup", &[("username", "ada"), ("password", "short")])
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 422);
    let page = refused.text().await.unwrap();
    assert!(page.contains("must have 8 to 128 characters") && page.contains("value=\"ada\""));
    let wrong = hub
        .form(
            "/login",
            &[("username", "ada"), ("password", "wrong horse")],
        )
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), 401);
}

#[tokio::test]
async fn a_form_that_is_sent_after_the_session_has_ended_leads_to_the_log_in_and_back() {
    let hub = Hub::in_mesh();
    let mut ada = hub.sign_up("ada").await;
    ada.token = "over".to_owned();
    let asked = |referer: String| {
        ada.submit("/t/ada/images/batch", &[("action", "delete")])
            .header("referer", referer)
    };
    let own = format!("{}/t/ada?order=oldest", hub.url);
    let refused = asked(own).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let page = refused.text().await.unwrap();
    assert_eq!(
        link(&page, "class=\"button\""),
        "/login?next=%2Ft%2Fada%3Forder%3Doldest"
    );
    let foreign = asked("http://evil.example/t/ada".to_owned())
        .send()
        .await
        .unwrap();
    let page = foreign.text().await.unwrap();
    assert_eq!(link(&page, "class=\"button\""), "/login?next=%2F");
}

#[tokio::test]
async fn after_an_upgrade_from_a_refused_pull_one_is_on_the_pictures_page() {
    let hub = Hub::embedded();
    let mut ada = hub.sign_up("ada").await;
    let image = ada.add("p.png", picture(1)).await;
    let pull = image["pull"].as_str().unwrap();
    while ada.get(pull).await.status() == 200 {}
    let refused = ada.page(pull).await.text().await.unwrap();
    assert_eq!(link(&refused, "Try again"), pull);
    let plans = text(&ada, &link(&refused, "Upgrade")).await;
    let form = plans.split("<form method=\"post\" action=\"/t/ada/plan\">");
    let to_team = form
        .skip(1)
        .find(|form| form.contains("Switch to Team"))
        .unwrap();
    assert!(to_team.contains(&format!("name=\"next\" value=\"{pull}\"")));
    let fields = [("plan", "team"), ("next", pull)];
    let upgraded = ada.submit("/t/ada/plan", &fields).send().await.unwrap();
    ada.token = cookie_of(&upgraded);
    ada.keep_notice(&upgraded);
    let to = upgraded.headers()["location"].to_str().unwrap();
    assert_eq!(to, pull.trim_end_matches("/pull"));
    assert!(text(&ada, to).await.contains("Now on team."));
    assert_eq!(ada.page(pull).await.status(), 200);
}
