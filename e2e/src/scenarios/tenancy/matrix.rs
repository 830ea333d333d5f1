//! The people, and what each of them gets on each route.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use super::routes::{self, Body, Needs, Route};
use crate::client::{Answer, Client, TestUser, unique};
use crate::images;
use crate::mesh::Mesh;

/// Whether the filter is in the chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Filter {
    /// It answers first.
    On,
    /// The application answers alone.
    Off,
}

/// Somebody in the matrix and what they may.
struct Actor {
    title: &'static str,
    client: Client,
    /// `None` for somebody without a token.
    may: Option<Needs>,
}

struct Scene {
    owner: TestUser,
    viewer: TestUser,
    image: String,
    actors: Vec<Actor>,
}

impl Scene {
    async fn set(mesh: &Mesh) -> Result<Self> {
        let owner = mesh.client().sign_up("owner").await?;
        let member = mesh.client().sign_up("member").await?;
        let member = owner.take_in(&member, "member").await?;
        let viewer = mesh.client().sign_up("viewer").await?;
        let viewer = owner.take_in(&viewer, "viewer").await?;
        let stranger = mesh.client().sign_up("stranger").await?;
        let image = owner.keep("kept.png", images::small_png()?).await?;
        let image = image["id"].as_str().context("no id")?.to_owned();
        let actor = |title, person: &TestUser, may| Actor {
            title,
            client: person.client.clone(),
            may: Some(may),
        };
        let actors = vec![
            Actor {
                title: "nobody",
                client: mesh.client(),
                may: None,
            },
            actor("a stranger", &stranger, Needs::User),
            actor("a viewer", &viewer, Needs::Viewer),
            actor("a member", &member, Needs::Member),
            actor("the owner", &owner, Needs::Owner),
        ];
        Ok(Self {
            owner,
            viewer,
            image,
            actors,
        })
    }

    fn fill(&self, text: &str, tenant: &str, new: &str) -> String {
        text.replace("{tenant}", tenant)
            .replace("{viewer}", &self.viewer.name)
            .replace("{id}", &self.image)
            .replace("{new}", new)
    }

    async fn ask(
        &self,
        client: &Client,
        route: &Route,
        tenant: &str,
        accept: &str,
    ) -> Result<Answer> {
        let new = unique("new");
        let path = self.fill(route.path, tenant, &new);
        let method = Method::from_bytes(route.method.as_bytes())?;
        let request = client.request(method, &path).header("accept", accept);
        let request = match &route.body {
            Body::None => request,
            Body::Json(body) => {
                let body = self.fill(&body.to_string(), tenant, &new);
                request
                    .header("content-type", "application/json")
                    .body(body)
            }
            Body::Form(body) => request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(self.fill(body, tenant, &new)),
            Body::Upload => {
                let part = Part::bytes(images::small_png()?).file_name("new.png");
                request.multipart(Form::new().part("file", part))
            }
        };
        client.send(request).await
    }
}

/// Asks every route as everybody, as a program and, where a browser goes, as a browser.
///
/// # Errors
/// Every cell that is not as it should be.
pub async fn holds(mesh: &Mesh, filter: Filter) -> Result<()> {
    let scene = Scene::set(mesh).await?;
    let mut wrong = Vec::new();
    let mut refused = 0;
    for route in routes::all() {
        for actor in &scene.actors {
            for accept in ["application/json", "text/html"] {
                let client = match actor.may {
                    // Theirs is asked with again, so somebody else's session ends.
                    Some(_) if route.ends_session => mesh.client().sign_up("gone").await?.client,
                    _ => actor.client.clone(),
                };
                let answer = scene
                    .ask(&client, &route, &scene.owner.name, accept)
                    .await?;
                let browser = accept == "text/html";
                refused += usize::from(matches!(answer.status, 401 | 403));
                if let Err(error) = judge(&route, actor, browser, filter, &answer) {
                    wrong.push(format!("{} as {accept}: {error:#}", actor.title));
                }
            }
        }
    }
    ensure!(
        wrong.is_empty(),
        "{} cells are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    // Were nobody refused anything, every cell would have been asked as the owner.
    ensure!(refused > routes::all().len(), "only {refused} refusals");
    Ok(())
}

fn judge(
    route: &Route,
    actor: &Actor,
    browser: bool,
    filter: Filter,
    answer: &Answer,
) -> Result<()> {
    if filter == Filter::On {
        answer.header("x-imagehub-filter")?;
    } else {
        ensure!(
            !answer.has("x-imagehub-filter"),
            "the filter is on: {answer}"
        );
    }
    if filter == Filter::Off && route.is_nowhere() {
        ensure!(answer.status == 404, "expected 404: {answer}");
        return Ok(());
    }
    let safe = matches!(route.method, "GET" | "HEAD");
    match actor.may {
        None if browser && safe => {
            // A browser is led to the log-in page, by whoever answers.
            ensure!(
                answer.status == 303 || (filter == Filter::Off && answer.status == 401),
                "expected 303 to /login: {answer}"
            );
            if answer.status == 303 {
                let to = answer.header("location")?;
                ensure!(to.starts_with("/login?next="), "sent to {to}");
            }
            Ok(())
        }
        None => refusal(answer, route, browser, 401, "unauthenticated"),
        Some(may) if may < route.needs => refusal(answer, route, browser, 403, "forbidden"),
        Some(_) => {
            // A page may answer a program's call, and a form a browser's, with a redirect.
            let success = answer.status == route.success
                || (browser && answer.status == 303 && route.success < 300);
            ensure!(success, "expected {}: {answer}", route.success);
            Ok(())
        }
    }
}

fn refusal(answer: &Answer, route: &Route, browser: bool, status: u16, code: &str) -> Result<()> {
    ensure!(answer.status == status, "expected {status}: {answer}");
    if browser || route.method == "HEAD" {
        return Ok(());
    }
    answer.clone().expect_problem(status, code).map(drop)
}

/// A tenant that exists but is somebody else's, and one that does not exist, are refused alike.
///
/// # Errors
/// The first route on which the two differ.
pub async fn foreign_and_missing_look_the_same(mesh: &Mesh) -> Result<()> {
    let scene = Scene::set(mesh).await?;
    let stranger = &scene.actors[1].client;
    // As long as the foreign name, so that lengths can be compared.
    let missing = "m".repeat(scene.owner.name.len().min(32));
    let mut compared = 0;
    for route in routes::all() {
        if !route.path.contains("{tenant}") {
            continue;
        }
        let foreign = scene
            .ask(stranger, &route, &scene.owner.name, "application/json")
            .await?;
        let missing_answer = scene
            .ask(stranger, &route, &missing, "application/json")
            .await?;
        ensure!(foreign.status == 403, "expected 403: {foreign}");
        let shape = |answer: &Answer, tenant: &str| -> Result<(u16, Value)> {
            let text = answer.text().replace(tenant, "TENANT");
            let body = if text.is_empty() {
                Value::Null
            } else {
                serde_json::from_str(&text).with_context(|| answer.to_string())?
            };
            Ok((answer.status, body))
        };
        let (one, other) = (
            shape(&foreign, &scene.owner.name)?,
            shape(&missing_answer, &missing)?,
        );
        ensure!(one == other, "{one:?} differs from {other:?}");
        compared += 1;
    }
    ensure!(compared >= 15, "only {compared} routes compared");
    Ok(())
}
