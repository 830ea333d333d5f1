//! What holds for every page.

use reqwest::Method;

use crate::reading::{link, sent, text};
use crate::world::{Hub, PASSWORD, picture};

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
async fn a_page_says_whether_it_came_past_a_filter_where_there_should_be_one() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    assert_eq!(
        filter(ada.page("/t/ada").await).await.as_deref(),
        Some("off")
    );
    let filtered = ada
        .browse(Method::GET, "/t/ada")
        .header("x-imagehub-user", "ada")
        .send()
        .await
        .unwrap();
    assert_eq!(filter(filtered).await.as_deref(), Some("on"));
    for public in ["/", "/plans", "/login"] {
        let said = filter(ada.page(public).await).await;
        assert_eq!(said.as_deref(), Some("unknown"), "{public}");
    }
    let embedded = Hub::embedded();
    let eve = embedded.sign_up("eve").await;
    assert_eq!(filter(eve.page("/t/eve").await).await, None);
}

/// What a page says of the filter.
async fn filter(page: reqwest::Response) -> Option<String> {
    let page = page.text().await.unwrap();
    let (_, said) = page.split_once("data-filter=\"")?;
    assert!(page.contains("data-mesh"));
    said.split('"').next().map(str::to_owned)
}

#[tokio::test]
async fn a_refusal_says_that_the_application_answered_and_shows_its_headers() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    for path in ["/t/ada/images/none", "/t/eve"] {
        let page = ada.page(path).await.text().await.unwrap();
        assert!(
            page.contains("<p>Answered by the application.</p>"),
            "{page}"
        );
        assert!(
            page.contains("\ncontent-type: text/html; charset=utf-8"),
            "{page}"
        );
    }
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
    assert!(home.contains("You are not in any gallery at the moment."));
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

#[tokio::test]
async fn the_first_page_links_to_the_workshop_only_where_its_address_is_given() {
    let book = "http://localhost:3000";
    for (flags, links) in [(vec![], false), (vec!["--workshop-url", book], true)] {
        let hub = Hub::start(&flags);
        let ada = hub.sign_up("ada").await;
        let pages = [
            hub.get("/").await.text().await.unwrap(),
            ada.page("/").await.text().await.unwrap(),
        ];
        for html in pages {
            assert_eq!(html.contains(&format!("href=\"{book}\"")), links);
        }
    }
}
