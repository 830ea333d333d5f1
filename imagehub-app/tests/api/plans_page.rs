//! The plans page says what the policy says.

use reqwest::Method;
use serde_json::{Value, json};

use crate::reading::text;
use crate::world::{BROWSER, Hub, picture};

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
    assert!(refused.contains("Personal plan: 7 downloads a minute."));
}
