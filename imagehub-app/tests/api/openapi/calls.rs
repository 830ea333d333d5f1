//! Every operation is called, and answers as described.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use reqwest::multipart::Form;
use serde_json::{Map, Value, json};

use super::{document, operations, schema};
use crate::world::{BROWSER, Hub, PASSWORD, Person, file, picture};

/// One person's tenant with something of everything in it.
struct Place<'a> {
    owner: Person<'a>,
    image: Value,
    deleted: Value,
    album: Value,
    share: Value,
    link: Value,
    token: Value,
}

impl<'a> Place<'a> {
    async fn new(hub: &'a Hub, name: &str) -> Self {
        let owner = hub.sign_up(name).await;
        let image = owner.add("kept.png", picture(1)).await;
        let deleted = owner.add("deleted.png", picture(2)).await;
        let path = owner.own(&format!("/images/{}", text(&deleted, "id")));
        owner.ask(Method::DELETE, &path).send().await.unwrap();
        let make = async |path: String, body: Value| -> Value {
            let made = owner.send(Method::POST, &path, body).await;
            assert_eq!(made.status(), 201, "{path}");
            made.json().await.unwrap()
        };
        let album = make(owner.own("/albums"), json!({ "title": "Sea" })).await;
        let share = json!({ "image": image["id"], "audience": "anyone" });
        let share = make(owner.own("/shares"), share).await;
        let links = format!("/api/v1/tenants/{name}/invite-links");
        let link = make(links, json!({ "role": "viewer" })).await;
        let token = json!({ "name": "script", "tenant": name, "role": "viewer" });
        let token = make("/api/v1/tokens".to_owned(), token).await;
        Self {
            owner,
            image,
            deleted,
            album,
            share,
            link,
            token,
        }
    }

    /// What stands in the holes of a path.
    fn fill(&self, method: &str, path: &str) -> String {
        let name = match path {
            path if path.contains("/tokens/") => text(&self.token, "jti"),
            path if path.contains("/invite-links/") => text(&self.link, "secret"),
            path if path.contains("/shares/") => text(&self.share, "secret"),
            path if path.contains("/albums/") => text(&self.album, "id"),
            path if path.ends_with("/restore") => text(&self.deleted, "id"),
            path if path.contains("/images/") => text(&self.image, "id"),
            path if path.contains("/members/") => "guest",
            path if path.contains("/static/") => "site.css",
            _ => &self.owner.name,
        };
        let secret = if path.contains("/join/") {
            text(&self.link, "secret")
        } else {
            text(&self.share, "secret")
        };
        let path = path
            .replace("{tenant}", &self.owner.name)
            .replace("{name}", name)
            .replace("{secret}", secret)
            .replace("{size}", "320");
        if path.ends_with("/download") {
            format!("{path}?ids={}", text(&self.image, "id"))
        } else if method == "GET" && path == "/session" {
            format!("{path}?next=/plans")
        } else {
            path
        }
    }

    /// A good value for a field of a body.
    fn field(&self, path: &str, name: &str) -> Value {
        match name {
            "username" if path.contains("/members") => json!("guest"),
            "username" if path.contains("signup") => json!(format!("{}-new", self.owner.name)),
            "username" | "tenant" | "confirm" => json!(self.owner.name),
            "password" | "current" => json!(PASSWORD),
            "new" => json!("battery staple"),
            "name" => json!(format!("{}-two", self.owner.name)),
            "plan" => json!("team"),
            "role" => json!("viewer"),
            "days" => json!(3),
            "keep_metadata" => json!(true),
            "title" => json!("Sky"),
            "tags" => json!(["sky"]),
            "cover" => Value::Null,
            "ids" => json!([self.image["id"]]),
            "action" => json!("tag"),
            "image" => self.image["id"].clone(),
            "audience" => json!("anyone"),
            "next" => json!("/"),
            other => panic!("{path}: what is {other}?"),
        }
    }

    fn body(&self, path: &str, schema: &Value) -> Value {
        let mut body = Map::new();
        for name in schema["properties"].as_object().unwrap().keys() {
            // Either an image or an album is shared; a picture is tagged without one.
            if name != "album" {
                body.insert(name.clone(), self.field(path, name));
            }
        }
        Value::Object(body)
    }
}

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap()
}

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

/// JSON answers are as their schema says.
async fn check_body(document: &Value, described: &Value, answer: reqwest::Response, at: &str) {
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
