//! Another site cannot act with a visitor's cookie: posts by cookie, and the log-in and sign-up
//! forms, need to come from here; programs with a Bearer token need nothing of the kind.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;

use crate::client::{PASSWORD, unique};
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    vec![Scenario::new(
        "cross_site::posts_by_cookie_need_the_same_origin",
        Kind::TwoWorkersSqlite,
        |mesh| async move { same_origin(&mesh).await },
    )]
}

async fn same_origin(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("visited").await?;
    let nobody = person.client.without_token();
    let cookie = format!("imagehub_session={}", person.client.token());
    let here = format!("http://{}", mesh.edge());
    let plan = format!("/t/{}/plan", person.name);
    let post = |path: &str, origin: Option<(&str, &str)>, body: &str| {
        let request = nobody
            .request(Method::POST, path)
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.to_owned());
        match origin {
            Some((name, value)) => request.header(name, value),
            None => request,
        }
    };
    let evil = [
        None,
        Some(("origin", "http://evil.example")),
        Some(("origin", "null")),
        Some(("sec-fetch-site", "cross-site")),
        Some(("sec-fetch-site", "same-site")),
    ];
    let form = format!(
        "username={}&password={}",
        person.name,
        PASSWORD.replace(' ', "+")
    );
    for origin in evil {
        let changed = post(&plan, origin, "plan=team&next=/").header("cookie", &cookie);
        nobody
            .send(changed)
            .await?
            .expect_problem(403, "cross_site")?;
        nobody
            .send(post("/login", origin, &form))
            .await?
            .expect_problem(403, "cross_site")?;
        nobody
            .send(post("/signup", origin, &form))
            .await?
            .expect_problem(403, "cross_site")?;
        let deleted = nobody
            .request(Method::DELETE, &format!("/t/{}/images/none", person.name))
            .header("cookie", &cookie);
        let deleted = match origin {
            Some((name, value)) => deleted.header(name, value),
            None => deleted,
        };
        nobody
            .send(deleted)
            .await?
            .expect_problem(403, "cross_site")?;
    }
    for origin in [("origin", here.as_str()), ("sec-fetch-site", "same-origin")] {
        let changed = post(&plan, Some(origin), "plan=personal&next=/").header("cookie", &cookie);
        nobody.send(changed).await?.expect(303)?;
        nobody
            .send(post("/login", Some(origin), &form))
            .await?
            .expect(303)?;
    }
    // JSON log-in and Bearer calls need no origin, whatever other site they name.
    let body = json!({"username": unique("program"), "password": PASSWORD});
    nobody
        .call(Method::POST, "/api/v1/signup", &body)
        .await?
        .expect(201)?;
    let bearer = person
        .client
        .request(Method::DELETE, &format!("/t/{}/images/none", person.name))
        .header("origin", "http://elsewhere.example");
    person
        .client
        .send(bearer)
        .await?
        .expect_problem(404, "not_found")?;
    Ok(())
}
