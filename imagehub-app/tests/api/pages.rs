use reqwest::Method;
use serde_json::{Value, json};

use crate::reading::{cookie_of, link, sent, text};
use crate::world::{BROWSER, Hub, PASSWORD, picture};

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
    assert_eq!(upgraded.headers()["location"], "/t/acme/settings?did=plan");
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
async fn every_page_carries_a_policy_that_lets_nothing_inline_and_nothing_foreign() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    for path in [
        "/",
        "/plans",
        "/login",
        "/signup",
        "/t/ada",
        "/t/ada?deleted=true",
        "/t/ada/albums",
        "/t/ada/settings",
        "/t/ada/nothing",
        "/account",
    ] {
        let page = ada.page(path).await;
        let policy = page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        let html = page.text().await.unwrap();
        assert!(
            !html.contains(" style=") && !html.contains("<style") && !html.contains(" onclick="),
            "{path}"
        );
        for source in html
            .split("src=\"")
            .skip(1)
            .chain(html.split("href=\"").skip(1))
        {
            assert!(
                source.starts_with('/') || source.starts_with('#'),
                "{path}: {source:.60}"
            );
        }
    }
}

#[tokio::test]
async fn nothing_leads_away_from_this_site() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    for next in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example\n",
    ] {
        let form = [("username", "ada"), ("password", PASSWORD), ("next", next)];
        let answer = hub.form("/login", &form).send().await.unwrap();
        let to = answer.headers()["location"].to_str().unwrap().to_owned();
        assert!(to == "/t/ada", "{next} leads to {to}");
        let answer = ada
            .browse(Method::GET, "/session")
            .query(&[("next", next)])
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["location"], "/");
    }
    let kept = ada
        .browse(Method::GET, "/session")
        .query(&[("next", "/t/ada?q=x")])
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            kept.status().as_u16(),
            kept.headers()["location"].to_str().unwrap()
        ),
        (303, "/t/ada?q=x")
    );
    assert!(kept.headers().contains_key("set-cookie"));
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
async fn the_banner_shows_when_a_page_came_past_no_filter_and_only_then() {
    let words = "The mesh filter is off";
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    assert!(
        ada.page("/t/ada")
            .await
            .text()
            .await
            .unwrap()
            .contains(words)
    );
    let filtered = ada
        .browse(Method::GET, "/t/ada")
        .header("x-imagehub-user", "ada")
        .send()
        .await
        .unwrap();
    assert!(!filtered.text().await.unwrap().contains(words));
    let embedded = Hub::embedded();
    let eve = embedded.sign_up("eve").await;
    assert!(
        !eve.page("/t/eve")
            .await
            .text()
            .await
            .unwrap()
            .contains(words)
    );
}

#[tokio::test]
async fn the_plans_page_shows_what_the_policy_says() {
    let hub = Hub::embedded();
    let page = hub
        .ask(Method::GET, "/plans")
        .header("accept", BROWSER)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for words in ["personal", "10 a minute", "60,000 a minute"] {
        assert!(page.contains(words), "{words}");
    }
}

#[tokio::test]
async fn other_limits_are_shown_as_they_are_and_nothing_of_the_shipped_ones() {
    let shipped: Value = serde_json::from_str(include_str!("../../../consul/policy.json")).unwrap();
    let mut other = shipped.clone();
    other["plans"] = json!({ "tiny": {
        "pull": { "user": { "count": 7, "window_seconds": 60 }, "tenant": { "count": 21, "window_seconds": 60 } },
        "upload": { "user": { "count": 8, "window_seconds": 3600 }, "tenant": { "count": 9, "window_seconds": 3600 } },
        "browse": { "user": { "count": 444, "window_seconds": 60 }, "tenant": { "count": 555, "window_seconds": 60 } }
    } });
    other["plans"]["personal"] = other["plans"]["tiny"].clone();
    other["storage_bytes"] = json!({ "personal": 3_000_000, "tiny": 2_000_000 });
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), other.to_string()).unwrap();
    let hub = Hub::start(&["--policy", file.path().to_str().unwrap()]);
    let ada = hub.sign_up("ada").await;
    for path in ["/plans", "/plans?tenant=ada"] {
        let page = text(&ada, path).await;
        for words in [
            "7 a minute",
            "21 a minute",
            "8 an hour",
            "444 a minute",
            "3 MB",
            "tiny",
        ] {
            assert!(page.contains(words), "{path}: {words}");
        }
        for words in [
            "10 a minute",
            "100 a minute",
            "600 a minute",
            "GB",
            "team",
            "ten times",
        ] {
            assert!(!page.contains(words), "{path}: {words}");
        }
    }
    let image = ada.add("p.png", picture(1)).await;
    let pull = image["pull"].as_str().unwrap();
    while ada.get(pull).await.status() == 200 {}
    let refused = ada.page(pull).await.text().await.unwrap();
    assert!(refused.contains("each user 7 requests") && !refused.contains("10 requests"));
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
        .find(|form| form.contains("Switch to team"))
        .unwrap();
    assert!(to_team.contains(&format!("name=\"next\" value=\"{pull}\"")));
    let fields = [("plan", "team"), ("next", pull)];
    let upgraded = ada.submit("/t/ada/plan", &fields).send().await.unwrap();
    ada.token = cookie_of(&upgraded);
    let to = upgraded.headers()["location"].to_str().unwrap();
    assert_eq!(to, format!("{}?did=plan", pull.trim_end_matches("/pull")));
    assert!(text(&ada, to).await.contains("Now on team."));
    assert_eq!(ada.page(pull).await.status(), 200);
}

#[tokio::test]
async fn no_link_to_a_file_hides_its_refusal() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let image = ada.add("p.png", picture(1)).await;
    let id = image["id"].as_str().unwrap();
    let fields = [
        ("ids", id),
        ("action", "add_to_album"),
        ("album_title", "Sea"),
    ];
    sent(&ada, "/t/ada/images/batch", &fields).await;
    let albums = text(&ada, "/t/ada/albums").await;
    let share = [("image", id), ("audience", "anyone"), ("days", "7")];
    sent(&ada, "/t/ada/shares", &share).await;
    let picture = format!("/t/ada/images/{id}");
    let shared = text(&ada, &picture).await;
    let shared = shared
        .split(&hub.url)
        .find(|rest| rest.starts_with("/s/"))
        .unwrap();
    let shared = shared.split('"').next().unwrap();
    for path in [&picture, &link(&albums, ">Sea"), shared] {
        let page = text(&ada, path).await;
        assert!(
            !page.contains(" download"),
            "{path}: a browser saves a refusal as a file"
        );
    }
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
async fn who_has_left_the_gallery_of_their_name_logs_in_to_the_others() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    ada.admit(&mut bob, "owner").await;
    assert_eq!(sent(&ada, "/t/ada/members/ada/remove", &[]).await, "/");
    let credentials = [("username", "ada"), ("password", PASSWORD)];
    let login = hub.form("/login", &credentials).send().await.unwrap();
    assert_eq!(login.headers()["location"], "/");
    let home = text(&ada, "/").await;
    assert!(home.contains("You are in no gallery at the moment."));
}

#[tokio::test]
async fn assets_are_known_by_their_content() {
    let hub = Hub::embedded();
    let page = hub.get("/login").await.text().await.unwrap();
    let start = page.find("/static/site.css?v=").unwrap();
    let url = page[start..].split('"').next().unwrap();
    let versioned = hub.get(url).await;
    assert!(
        versioned.headers()["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    let etag = versioned.headers()["etag"].clone();
    let plain = hub.get("/static/site.css").await;
    assert!(
        plain.headers()["cache-control"]
            .to_str()
            .unwrap()
            .contains("no-cache")
    );
    let known = hub
        .ask(Method::GET, "/static/site.css")
        .header("if-none-match", etag)
        .send()
        .await
        .unwrap();
    assert_eq!(known.status(), 304);
    assert_eq!(hub.get("/static/other.css").await.status(), 404);
}
