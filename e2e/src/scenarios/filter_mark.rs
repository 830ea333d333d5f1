//! `x-imagehub-filter` is on everything that passed the filter, whoever made the answer, and names
//! the version and the policy that `hub status` names.

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::json;

use crate::images;
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    vec![Scenario::new(
        "filter_mark::is_on_every_answer",
        Kind::TwoWorkersSqlite,
        |mesh| async move { every_answer(&mesh).await },
    )]
}

async fn every_answer(mesh: &Mesh) -> Result<()> {
    let status = mesh.status().await?;
    let mark = format!(
        "{};policy={}",
        status.filter.version.as_deref().unwrap_or("?"),
        status.filter.policy.as_deref().unwrap_or("?")
    );
    let person = mesh.client().sign_up("marked").await?;
    let stranger = mesh.client().sign_up("stranger").await?;
    let nobody = mesh.client();
    let image = person.keep("one.png", images::small_png()?).await?;
    let pull = image["pull"].as_str().unwrap_or_default().to_owned();
    let gallery = format!("/t/{}", person.name);

    let mut answers = vec![
        nobody.get("/healthz").await?.expect(200)?,
        nobody.get("/static/site.css").await?.expect(200)?,
        nobody.get("/openapi.json").await?.expect(200)?,
        nobody.browse("/").await?.expect(200)?,
        nobody.browse(&gallery).await?.expect(303)?,
        nobody.get(&gallery).await?.expect(401)?,
        nobody.get("/static/nothing-here").await?.expect(404)?,
        stranger.client.get(&gallery).await?.expect(403)?,
        stranger.client.browse(&gallery).await?.expect(403)?,
        person.client.browse(&gallery).await?.expect(200)?,
        person.client.get("/nothing/here").await?.expect(404)?,
        person
            .client
            .get(&format!("{gallery}/images?cursor=junk"))
            .await?
            .expect(400)?,
        person
            .client
            .call(Method::POST, "/api/v1/tenants", &json!({"name": "-"}))
            .await?
            .expect(422)?,
        nobody
            .call(Method::POST, "/api/v1/login", &json!({"username": "x"}))
            .await?,
        person
            .client
            .send(person.client.request(Method::HEAD, &pull))
            .await?
            .expect(200)?,
    ];
    let bad = nobody.request(Method::GET, &format!("{gallery}%20/images"));
    answers.push(nobody.send(bad).await?);
    for _ in 0..11 {
        answers.push(person.client.get(&pull).await?);
    }
    ensure!(
        answers.iter().any(|answer| answer.status == 429),
        "12 pulls on a plan of 10"
    );
    for answer in answers {
        let seen = answer.header("x-imagehub-filter")?;
        ensure!(seen == mark, "{seen}, not {mark}: {answer}");
    }
    Ok(())
}
