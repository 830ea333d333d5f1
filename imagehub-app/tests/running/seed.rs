//! People and pictures to try things on.

use serde_json::{Value, json};

use crate::run;
use crate::world::Hub;

#[tokio::test]
async fn what_is_planted_can_be_logged_in_to_and_is_planted_once() {
    let data = tempfile::tempdir().unwrap();
    let said = run(data.path(), &["seed"]).unwrap();
    let again = run(data.path(), &["seed"]).unwrap();
    assert!(again.contains("there already"), "{again}");

    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    let mut pictures = Vec::new();
    for name in ["mira", "jonas", "tove", "emil"] {
        let line = said.lines().find(|line| line.trim().starts_with(name));
        let password = line.unwrap().split_whitespace().nth(1).unwrap();
        assert!(!again.contains(password));
        let body = json!({ "username": name, "password": password });
        let session = hub.post("/api/v1/login", body).await;
        assert_eq!(session.status(), 200, "{name}");
        let session: Value = session.json().await.unwrap();
        for tenant in ["lakeside", "atelier"] {
            if session["tenants"][tenant].is_object() {
                let path = format!("/t/{tenant}/images?limit=200");
                let page = hub
                    .ask(reqwest::Method::GET, &path)
                    .bearer_auth(session["token"].as_str().unwrap())
                    .send()
                    .await
                    .unwrap();
                let page: Value = page.json().await.unwrap();
                let count = page["images"].as_array().unwrap().len();
                let role = session["tenants"][tenant]["role"].as_str().unwrap();
                pictures.push((name, tenant, role.to_owned(), count));
            }
        }
    }
    let expected = [
        ("mira", "lakeside", "owner".to_owned(), 16),
        ("jonas", "lakeside", "member".to_owned(), 16),
        ("jonas", "atelier", "owner".to_owned(), 8),
        ("tove", "lakeside", "viewer".to_owned(), 16),
        ("emil", "atelier", "member".to_owned(), 8),
    ];
    assert_eq!(pictures, expected);
}

#[tokio::test]
async fn nobody_who_has_one_of_the_names_is_touched() {
    let hub = Hub::embedded();
    hub.sign_up("mira").await;
    let refused = run(hub.data.path(), &["seed"]).unwrap_err();
    assert!(refused.contains("mira is taken"), "{refused}");
    hub.sign_up("jonas").await;
}
