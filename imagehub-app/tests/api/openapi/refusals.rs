//! What the description rules out is refused, and what it does not name is not found.

use reqwest::Method;
use serde_json::{Value, json};

use super::place::Place;
use super::{document, operations};
use crate::world::{Hub, PASSWORD, code};

#[tokio::test]
async fn a_body_that_breaks_its_schema_is_invalid() {
    let hub = Hub::in_mesh();
    let document = document(&hub).await;
    let place = Place::new(&hub, "ada").await;
    for (method, path, operation) in operations(&document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if !schema.is_object() {
            continue;
        }
        let verb = Method::from_bytes(method.as_bytes()).unwrap();
        let filled = place.fill(&method, &path);
        for (why, body) in broken(schema, &place.body(&path, schema)) {
            let answer = place.owner.send(verb.clone(), &filled, body).await;
            let at = format!("{method} {path}: {why}");
            assert_eq!(answer.status(), 422, "{at}");
            assert_eq!(code(answer).await, "invalid", "{at}");
        }
    }
    // Nothing of all this was done.
    assert_eq!(place.owner.get("/t/ada/images").await.status(), 200);
    let log_in = json!({ "username": "ada", "password": PASSWORD });
    assert_eq!(hub.post("/api/v1/login", log_in).await.status(), 200);
}

#[tokio::test]
async fn a_name_that_nothing_has_is_not_found() {
    let hub = Hub::in_mesh();
    let document = document(&hub).await;
    let place = Place::new(&hub, "ada").await;
    for (method, path, operation) in operations(&document) {
        // What forms lead to is for their pages to say.
        let form = method == "POST" && !path.starts_with("/api/");
        if form || !(path.contains("{name}") || path.contains("{secret}")) {
            continue;
        }
        let unknown = path
            .replace("{tenant}", "ada")
            .replace("{name}", "nothing-of-the-kind")
            .replace("{secret}", "nothing-of-the-kind")
            .replace("{size}", "320");
        let verb = Method::from_bytes(method.as_bytes()).unwrap();
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let answer = if schema.is_object() {
            let body = place.body(&path, schema);
            place.owner.send(verb, &unknown, body).await
        } else {
            place.owner.ask(verb, &unknown).send().await.unwrap()
        };
        assert_eq!(answer.status(), 404, "{method} {unknown}");
        assert!(operation["responses"]["404"].is_object(), "{method} {path}");
    }
}

#[tokio::test]
async fn a_parameter_that_breaks_its_schema_is_refused() {
    let hub = Hub::in_mesh();
    let document = document(&hub).await;
    let place = Place::new(&hub, "ada").await;
    let mut refused = 0;
    for (method, path, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let schema = &parameter["schema"];
            if parameter["in"] != "query" || wrong(schema).is_empty() {
                continue;
            }
            for (why, value) in wrong(schema) {
                let text = value.as_str().map_or(value.to_string(), str::to_owned);
                let name = parameter["name"].as_str().unwrap();
                let filled = place.fill(&method, &path);
                let with = if filled.contains('?') { '&' } else { '?' };
                let mut asked = format!("{filled}{with}{name}={text}");
                if name == "size" {
                    // It is a picture's.
                    asked.push_str("&image=");
                    asked.push_str(place.image["id"].as_str().unwrap());
                }
                let (call, page) = (place.owner.get(&asked), place.owner.page(&asked));
                // An album's query is for its page alone.
                let status = [call.await.status(), page.await.status()];
                let no_such_size = name == "size" && status[0] == 404;
                assert!(
                    status.iter().any(|status| *status == 422) || no_such_size,
                    "{asked}: {why}: {status:?}"
                );
                refused += 1;
            }
        }
    }
    assert!(refused > 0);
}

/// Bodies that are wrong in one place each, made of a good one.
fn broken(schema: &Value, good: &Value) -> Vec<(String, Value)> {
    let mut bodies = Vec::new();
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(name);
        bodies.push((format!("no {name}"), body));
    }
    // What the good one does without is read only beside another value of another field.
    let properties = schema["properties"].as_object().unwrap().iter();
    for (name, property) in properties.filter(|(name, _)| good.get(name).is_some()) {
        for (why, value) in wrong(property) {
            let mut body = good.clone();
            body[name] = value;
            bodies.push((format!("{name} {why}"), body));
        }
        let mut body = good.clone();
        body[name] = if property["type"] == "string" {
            json!(7)
        } else {
            json!({ "of": "no such type" })
        };
        bodies.push((format!("{name} of another type"), body));
    }
    bodies
}

/// Values of the right type that a schema rules out.
fn wrong(schema: &Value) -> Vec<(&'static str, Value)> {
    let number = |word: &str| schema[word].as_i64();
    let text = |length: i64| json!("x".repeat(usize::try_from(length).unwrap()));
    let mut values = Vec::new();
    if let Some(most) = number("maxLength") {
        values.push(("too long", text(most + 1)));
    }
    if let Some(least) = number("minLength") {
        values.push(("too short", text(least - 1)));
    }
    if schema.get("pattern").is_some() {
        values.push(("against the pattern", json!("Not-A_Name")));
    }
    if schema.get("enum").is_some() {
        values.push(("none of the choices", json!("nonsense")));
    }
    if let Some(most) = number("maximum") {
        values.push(("too great", json!(most + 1)));
    }
    if let Some(least) = number("minimum") {
        values.push(("too small", json!(least - 1)));
    }
    let Some(items) = schema.get("items") else {
        return values;
    };
    if let Some(most) = number("maxItems") {
        let many = (0..=most).map(|number| json!(format!("x{number}")));
        values.push(("too many", many.collect()));
    }
    if number("minItems").is_some() {
        values.push(("too few", json!([])));
    }
    let of_items = wrong(items).into_iter();
    values.extend(of_items.map(|(why, value)| (why, json!([value]))));
    values
}
