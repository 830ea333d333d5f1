//! Something to call every operation on.

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::taken::photograph;
use crate::world::{Hub, PASSWORD, TestUser, picture};

/// One person's tenant with something of everything in it.
pub struct Place<'a> {
    pub owner: TestUser<'a>,
    pub image: Value,
    deleted: Value,
    album: Value,
    share: Value,
    link: Value,
    token: Value,
}

impl<'a> Place<'a> {
    pub async fn new(hub: &'a Hub, name: &str) -> Self {
        let owner = hub.sign_up(name).await;
        let image = owner.add("kept.jpg", photograph()).await;
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
    pub fn fill(&self, method: &str, path: &str) -> String {
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
            "id" => json!(format!("{:032x}", rand::random::<u128>())),
            "audience" => json!("anyone"),
            "next" => json!("/"),
            other => panic!("{path}: what is {other}?"),
        }
    }

    pub fn body(&self, path: &str, schema: &Value) -> Value {
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
