//! Every operation is called, and answers as described.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use reqwest::multipart::Form;
use serde_json::Value;

use super::place::Place;
use super::{document, operations, schema};
use crate::world::{BROWSER, Hub, file, picture};

/// Headers that say something beyond the body.
const TELLING: [&str; 9] = [
    "content-disposition",
    "content-range",
    "etag",
    "link",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
];

#[tokio::test]
async fn every_call_answers_as_described() {
    let hub = Hub::in_mesh();
    let document = document(&hub).await;
    hub.sign_up("guest").await;
    let mut good = Vec::new();
    for (number, (method, path, operation)) in operations(&document).into_iter().enumerate() {
        let at = format!("{method} {path}");
        let place = Place::new(&hub, &format!("owner-{number}")).await;
        let filled = place.fill(&method, &path);
        let verb = Method::from_bytes(method.as_bytes()).unwrap();
        let content = &operation["requestBody"]["content"];
        let mut request = if operation.get("security").is_some() {
            place.owner.ask(verb, &filled)
        } else {
            hub.ask(verb, &filled)
        };
        if let Some(schema) = content["application/json"].get("schema") {
            request = request.json(&place.body(&path, schema));
        } else if let Some(schema) = content["application/x-www-form-urlencoded"].get("schema") {
            let body = place.body(&path, schema);
            let fields = body.as_object().unwrap().iter().map(|(name, value)| {
                let value = value
                    .as_str()
                    .map_or_else(|| "sky".to_owned(), str::to_owned);
                (name.clone(), value)
            });
            request = request
                .header("origin", &hub.url)
                .header("accept", BROWSER)
                .form(&fields.collect::<Vec<_>>());
        } else if content.get("multipart/form-data").is_some() {
            request = request.multipart(Form::new().part("file", file("x.png", picture(9))));
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let described = &operation["responses"][status.to_string()];
        assert!(described.is_object(), "{at} answered {status}");
        if status < 400 {
            good.push(at.clone());
        }
        check_body(&document, described, answer, &at).await;
    }
    let described = operations(&document);
    let programs: Vec<String> = described
        .iter()
        .filter(|(_, _, operation)| {
            let content = &operation["requestBody"]["content"];
            content.get("application/x-www-form-urlencoded").is_none()
                || content.get("application/json").is_some()
        })
        .map(|(method, path, _)| format!("{method} {path}"))
        // Nobody has invited the owner, the guest is no member, and the password was not asked for.
        .filter(|at| !at.contains("/invitations/"))
        .filter(|at| !at.ends_with("/members/{name}") && !at.ends_with("/remove"))
        .collect();
    for at in programs {
        assert!(good.contains(&at), "{at} never went well");
    }
}

#[tokio::test]
async fn every_refusal_is_described() {
    let hub = Hub::in_mesh();
    let document = document(&hub).await;
    let place = Place::new(&hub, "ada").await;
    let eve = hub.sign_up("eve").await;
    for (method, path, operation) in operations(&document) {
        let verb = || Method::from_bytes(method.as_bytes()).unwrap();
        let filled = place.fill(&method, &path);
        let public = operation.get("security").is_none();
        let mut requests = vec![
            hub.ask(verb(), &filled),
            hub.ask(verb(), &filled)
                .header("authorization", "Bearer junk"),
        ];
        if path.contains("{tenant}") {
            requests.push(eve.ask(verb(), &filled));
        }
        if operation["requestBody"]["content"]["application/json"].is_object() {
            let ask = || {
                if public {
                    hub.ask(verb(), &filled)
                } else {
                    place.owner.ask(verb(), &filled)
                }
            };
            requests.push(ask().header(CONTENT_TYPE, "application/json").body("{"));
            requests.push(ask().header(CONTENT_TYPE, "application/json").body("[]"));
        }
        for request in requests {
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            let described = &operation["responses"][status.to_string()];
            assert!(described.is_object(), "{method} {path} answered {status}");
            check_body(&document, described, answer, &path).await;
        }
    }
}

#[tokio::test]
async fn limits_are_described_where_they_count() {
    let hub = Hub::embedded();
    let document = document(&hub).await;
    let place = Place::new(&hub, "ada").await;
    for (path, limited) in [("/t/{tenant}/images", true), ("/api/v1/me", false)] {
        let answer = place.owner.get(&place.fill("GET", path)).await;
        assert_eq!(answer.headers().contains_key("ratelimit"), limited);
        let described = &document["paths"][path]["get"]["responses"]["200"];
        check_body(&document, described, answer, path).await;
    }
}

/// What an answer says in headers is described, and JSON is as its schema says.
pub async fn check_body(document: &Value, described: &Value, answer: reqwest::Response, at: &str) {
    let named = described["headers"].as_object().unwrap();
    for telling in TELLING {
        assert!(
            !answer.headers().contains_key(telling)
                || named.keys().any(|name| name.eq_ignore_ascii_case(telling)),
            "{at}: {telling} is not described"
        );
    }
    let media_type = answer
        .headers()
        .get(CONTENT_TYPE)
        .map(|value| value.to_str().unwrap().to_owned());
    let Some(media_type) = media_type.filter(|media_type| media_type.contains("json")) else {
        return;
    };
    let schema = &described["content"][&media_type]["schema"];
    assert!(schema.is_object(), "{at}: {media_type} is not described");
    let body: Value = answer.json().await.unwrap();
    schema::fits(document, schema, &body, at);
}
