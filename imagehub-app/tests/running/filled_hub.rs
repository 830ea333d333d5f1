//! People, pictures, albums, links and tokens; and what is seen of them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Hub, PASSWORD, code, picture};

/// What somebody has in hand after a day's work.
pub struct Filled {
    /// Ada's session.
    pub session: String,
    /// Ada's API token.
    program: String,
    /// Where a share link leads.
    open: String,
    /// Where one leads that was revoked.
    revoked: String,
}

/// Two people; five pictures with tags, one of them deleted, two in an album; a share link and a
/// revoked one, an invite link, an API token.
pub async fn filled() -> (Hub, Filled) {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let mut ben = hub.sign_up("ben").await;
    ada.admit(&mut ben, "viewer").await;
    let mut ids = Vec::new();
    for number in 1..=5 {
        let image = ada.add("p.png", picture(number)).await;
        let path = ada.own(&format!("/images/{}", image["id"].as_str().unwrap()));
        let labels = json!({ "title": format!("Picture {number}"), "tags": ["one", "two"] });
        let edited = ada.send(Method::PATCH, &path, labels).await;
        assert_eq!(edited.status(), 200);
        if number == 3 {
            let deleted = ada.ask(Method::DELETE, &path).send().await.unwrap();
            assert_eq!(deleted.status(), 204);
        }
        ids.push(image["id"].clone());
    }
    let make = async |path: &str, body: Value| -> Value {
        let made = ada.send(Method::POST, path, body).await;
        assert!(made.status().is_success(), "{path}: {}", made.status());
        made.json().await.unwrap()
    };
    let album = make("/t/ada/albums", json!({ "title": "Best" })).await;
    let album = album["id"].as_str().unwrap().to_owned();
    let put = json!({ "action": "add_to_album", "ids": ids[..2], "album": album });
    make("/t/ada/images/batch", put).await;
    let mut links = Vec::new();
    for target in [json!({ "album": album }), json!({ "image": ids[0] })] {
        let mut body = target;
        body["audience"] = json!("anyone");
        body["days"] = json!(30);
        links.push(make("/t/ada/shares", body).await);
    }
    let revoke = format!("/t/ada/shares/{}", links[1]["secret"].as_str().unwrap());
    let ended = ada.ask(Method::DELETE, &revoke).send().await.unwrap();
    assert_eq!(ended.status(), 204);
    let path = "/api/v1/tenants/ada/invite-links";
    make(path, json!({ "role": "member", "days": 7 })).await;
    let body = json!({ "name": "laptop", "tenant": "ada", "role": "member", "days": 365 });
    let program = make("/api/v1/tokens", body).await;
    let path_of = |link: &Value| link["url"].as_str().unwrap().to_owned();
    let filled = Filled {
        session: ada.token.clone(),
        program: program["token"].as_str().unwrap().to_owned(),
        open: path_of(&links[0]),
        revoked: path_of(&links[1]),
    };
    (hub, filled)
}

impl Filled {
    /// Everything that is to be seen, the bytes of every picture and thumbnail included.
    pub async fn seen(&self, hub: &Hub) -> Vec<Value> {
        let mut all = Vec::new();
        for path in [
            "/t/ada/images?limit=200",
            "/t/ada/images?limit=200&deleted=true",
            "/t/ada/albums",
            "/t/ada/tags",
            "/t/ada/usage",
            "/t/ada/shares",
            "/api/v1/tenants/ada/members",
            "/api/v1/tenants/ada/invite-links",
            "/api/v1/tokens",
            "/api/v1/me",
        ] {
            let body = json_of(hub, path, &self.session).await;
            for image in body["images"].as_array().into_iter().flatten() {
                for url in urls(image) {
                    all.push(json!(bytes(hub, &url, &self.session).await));
                }
            }
            all.push(body);
        }
        // What was handed out goes on working: a link, a token, a password.
        let shared = hub.get(&self.open).await;
        assert_eq!(shared.status(), 200);
        let shared: Value = shared.json().await.unwrap();
        assert_eq!(shared["images"].as_array().unwrap().len(), 2);
        let revoked = hub.get(&self.revoked).await;
        assert_eq!(revoked.status(), 410, "{}", code(revoked).await);
        let listed = json_of(hub, "/t/ada/images?limit=200", &self.program).await;
        assert_eq!(listed["images"].as_array().unwrap().len(), 4);
        for name in ["ada", "ben"] {
            let body = json!({ "username": name, "password": PASSWORD });
            let session = hub.post("/api/v1/login", body).await;
            assert_eq!(session.status(), 200);
            let session: Value = session.json().await.unwrap();
            all.push(session["tenants"].clone());
        }
        all
    }
}

/// A JSON answer, without what differs from place to place or from question to question.
async fn json_of(hub: &Hub, path: &str, token: &str) -> Value {
    let answer = hub.ask(Method::GET, path).bearer_auth(token).send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let text = answer.text().await.unwrap().replace(&hub.url, "");
    let mut body: Value = serde_json::from_str(&text).unwrap();
    for token in body["tokens"].as_array_mut().into_iter().flatten() {
        token["last_use"] = Value::Null;
    }
    body
}

fn urls(image: &Value) -> Vec<String> {
    let thumbnails = image["thumbnails"].as_object().unwrap().values();
    let all = thumbnails.chain([&image["pull"]]);
    all.map(|url| url.as_str().unwrap().to_owned()).collect()
}

/// Those of a deleted picture are not to be had: then it is the answer's.
async fn bytes(hub: &Hub, path: &str, token: &str) -> Vec<u8> {
    let answer = hub.ask(Method::GET, path).bearer_auth(token).send().await;
    answer.unwrap().bytes().await.unwrap().to_vec()
}
