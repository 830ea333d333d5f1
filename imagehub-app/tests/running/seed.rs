//! People and pictures to try things on.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Hub, PASSWORD};
use crate::{kill, run};

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
                    .ask(Method::GET, &path)
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
async fn the_log_ins_are_kept_for_nobody_else_to_read_until_they_are_changed() {
    let data = tempfile::tempdir().unwrap();
    run(data.path(), &["seed"]).unwrap();
    let file = data.path().join("seed-logins.json");
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let kept = || -> Vec<(String, String)> {
        let kept: Vec<Value> = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let of = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
        let pairs = kept.iter();
        pairs
            .map(|entry| (of(entry, "user"), of(entry, "password")))
            .collect()
    };
    let users = || -> Vec<String> { kept().into_iter().map(|(user, _)| user).collect() };
    assert_eq!(users(), ["mira", "jonas", "tove", "emil"]);

    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    let mut tokens = Vec::new();
    for (user, password) in kept() {
        let body = json!({ "username": user, "password": password });
        let session: Value = hub.post("/api/v1/login", body).await.json().await.unwrap();
        tokens.push(session["token"].as_str().unwrap().to_owned());
    }
    let [(_, miras), _, _, (_, emils)] = <[_; 4]>::try_from(kept()).unwrap();
    let ask = async |method, path, token: &str, body: Value| {
        let request = hub.ask(method, path).bearer_auth(token).json(&body);
        request.send().await.unwrap().status()
    };
    let wrong = json!({ "current": PASSWORD, "new": PASSWORD });
    let refused = ask(Method::PUT, "/api/v1/me/password", &tokens[0], wrong).await;
    assert_eq!((refused.as_u16(), users().len()), (401, 4));
    let right = json!({ "current": miras, "new": PASSWORD });
    let changed = ask(Method::PUT, "/api/v1/me/password", &tokens[0], right).await;
    assert_eq!(changed, 200);
    assert_eq!(users(), ["jonas", "tove", "emil"]);
    let end = json!({ "confirm": "emil", "password": emils });
    assert_eq!(
        ask(Method::DELETE, "/api/v1/me", &tokens[3], end).await,
        204
    );
    assert_eq!(users(), ["jonas", "tove"]);
}

#[tokio::test]
async fn nobody_who_has_one_of_the_names_is_touched() {
    let hub = Hub::embedded();
    hub.sign_up("mira").await;
    let refused = run(hub.data.path(), &["seed"]).unwrap_err();
    assert!(refused.contains("mira is taken"), "{refused}");
    hub.sign_up("jonas").await;
}

/// The password that was told last.
fn told(said: &str, name: &str) -> String {
    let lines = said.lines().rev();
    let line = lines.into_iter().find(|line| line.trim().starts_with(name));
    let word = line.unwrap().split_whitespace().nth(1);
    word.unwrap().to_owned()
}

#[tokio::test]
async fn planting_that_is_killed_again_and_again_is_gone_on_with() {
    let data = tempfile::tempdir().unwrap();
    let heard = data.path().join("heard");
    let mut killed = 0;
    for moment in [150, 300, 500, 700, 900, 1_200] {
        let said = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&heard);
        let mut seed = Command::new(env!("CARGO_BIN_EXE_imagehub-app"))
            .args(["seed", "--data"])
            .arg(data.path())
            .env_clear()
            .stdout(said.unwrap())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(moment)).await;
        seed.kill().unwrap();
        killed += usize::from(!seed.wait().unwrap().success());
    }
    assert!(killed > 0);
    let mut said = std::fs::read_to_string(&heard).unwrap();
    said.push_str(&run(data.path(), &["seed"]).unwrap());
    assert!(
        run(data.path(), &["seed"])
            .unwrap()
            .contains("there already")
    );

    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    for (name, tenant, count, chosen) in [
        ("mira", "lakeside", 16, 6),
        ("tove", "lakeside", 16, 6),
        ("jonas", "atelier", 8, 2),
        ("emil", "atelier", 8, 2),
    ] {
        let body = json!({ "username": name, "password": told(&said, name) });
        let session: Value = hub.post("/api/v1/login", body).await.json().await.unwrap();
        let token = session["token"].as_str().unwrap();
        let get = async |path: &str| -> Value {
            let path = format!("/t/{tenant}{path}");
            let answer = hub.ask(Method::GET, &path).bearer_auth(token).send().await;
            answer.unwrap().json().await.unwrap()
        };
        let images = get("/images?limit=200").await;
        assert_eq!(images["images"].as_array().unwrap().len(), count);
        let albums = get("/albums").await;
        assert_eq!(albums["albums"].as_array().unwrap().len(), 1);
        assert_eq!(albums["albums"][0]["images"], chosen);
    }
}

#[tokio::test]
async fn somebody_who_took_one_of_the_names_meanwhile_keeps_the_password() {
    let data = tempfile::tempdir().unwrap();
    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    hub.sign_up("tove").await;
    // As an earlier seeding left it, long before.
    std::fs::write(
        hub.data.path().join("seed-unfinished"),
        "people 1763942400000",
    )
    .unwrap();
    let refused = run(hub.data.path(), &["seed"]).unwrap_err();
    assert!(refused.contains("tove is taken"), "{refused}");
    let body = json!({ "username": "tove", "password": PASSWORD });
    assert_eq!(hub.post("/api/v1/login", body).await.status(), 200);
}

#[tokio::test]
async fn a_server_plants_nothing_among_people_who_are_there() {
    let hub = Hub::in_mesh();
    hub.sign_up("ada").await;
    let data = kill(hub);
    let mut serving = Command::new(env!("CARGO_BIN_EXE_imagehub-app"))
        .args(["serve", "--seed", "--bind", "127.0.0.1:0", "--data"])
        .arg(data.path())
        .env_clear()
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = serving.stdout.take().unwrap();
    let second = BufReader::new(said).lines().nth(1).unwrap().unwrap();
    assert!(second.contains("nobody is seeded"), "{second}");
    serving.kill().unwrap();
    serving.wait().unwrap();
    let hub = Hub::start_in(data, &["--limits", "mesh"]);
    hub.sign_up("mira").await;
}
