//! The description of every call, and whether the calls are as it says.

mod calls;
mod place;
mod refusals;
mod schema;

use std::collections::HashSet;

use imagehub_app::routes::ENDPOINTS;
use serde_json::Value;

use crate::world::Hub;

pub async fn document(hub: &Hub) -> Value {
    hub.get("/openapi.json").await.json().await.unwrap()
}

/// Method, path and description of every operation.
pub fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let item = item.as_object().unwrap().clone();
        let path = path.clone();
        item.into_iter()
            .map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation))
    };
    paths.iter().flat_map(of_path).collect()
}

#[tokio::test]
async fn the_description_names_every_route_once() {
    let hub = Hub::embedded();
    let document = document(&hub).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let described = operations(&document);
    assert_eq!(described.len(), ENDPOINTS.len());
    for endpoint in ENDPOINTS {
        let operation = &document["paths"][endpoint.path][endpoint.method.to_lowercase()];
        assert_eq!(operation["summary"], endpoint.summary);
    }
    let ids: HashSet<&str> = described
        .iter()
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), described.len());
}

#[tokio::test]
async fn the_description_is_whole() {
    let hub = Hub::embedded();
    let document = document(&hub).await;
    for (method, path, operation) in operations(&document) {
        let at = format!("{method} {path}");
        let mut in_path = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            schema::is_whole(&document, &parameter["schema"]);
            match parameter["in"].as_str() {
                Some("path") => {
                    assert_eq!(parameter["required"], true, "{at}: {name}");
                    in_path.push(name.to_owned());
                }
                other => assert_eq!(other, Some("query"), "{at}: {name}"),
            }
        }
        let holes = path.split('/').filter_map(|segment| {
            let name = segment.strip_prefix('{')?.strip_suffix('}')?;
            Some(name.to_owned())
        });
        assert_eq!(in_path, holes.collect::<Vec<_>>(), "{at}");

        let responses = operation["responses"].as_object().unwrap();
        assert!(
            responses.keys().any(|status| status < &"400".to_owned()),
            "{at}"
        );
        for (status, response) in responses {
            let number: u16 = status.parse().unwrap();
            assert!((200..600).contains(&number), "{at}: {status}");
            assert!(response["description"].is_string(), "{at}: {status}");
            for header in response["headers"].as_object().unwrap().values() {
                assert_ne!(header["description"], "", "{at}: {status}");
                schema::is_whole(&document, &header["schema"]);
            }
            let content = response["content"].as_object();
            if number >= 400 {
                assert!(
                    content.unwrap().contains_key("application/problem+json"),
                    "{at}: {status}"
                );
            }
            for media in content.into_iter().flat_map(|content| content.values()) {
                schema::is_whole(&document, &media["schema"]);
            }
        }
        if let Some(body) = operation.get("requestBody") {
            for media in body["content"].as_object().unwrap().values() {
                schema::is_whole(&document, &media["schema"]);
            }
        }
        for needed in operation["security"].as_array().into_iter().flatten() {
            for scheme in needed.as_object().unwrap().keys() {
                assert!(document["components"]["securitySchemes"][scheme].is_object());
            }
        }
    }
    for named in document["components"]["schemas"]
        .as_object()
        .unwrap()
        .values()
    {
        schema::is_whole(&document, named);
    }
}
