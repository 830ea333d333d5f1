//! The catalogue decides who belongs, not a token's memory of it: roles and removals hold at once.

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::json;

use crate::client::{PASSWORD, unique};
use crate::images;
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    [
        (Kind::TwoWorkersSqlite, "membership::holds_at_once"),
        (
            Kind::FourWorkersRedis,
            "membership::holds_at_once_with_redis",
        ),
    ]
    .into_iter()
    .map(|(kind, name)| Scenario::new(name, kind, |mesh| async move { at_once(&mesh).await }))
    .collect()
}

async fn at_once(mesh: &Mesh) -> Result<()> {
    let owner = mesh.client().sign_up("owner").await?;
    let guest = mesh.client().sign_up("guest").await?;
    let members = format!("/api/v1/tenants/{}/members", owner.name);
    let member = |name: &str| format!("{members}/{name}");
    let images = format!("/t/{}/images", owner.name);
    let set = async |name: &str, role: &str| {
        let body = json!({"role": role});
        owner.client.call(Method::PUT, &member(name), &body).await
    };
    set(&unique("nobody"), "member")
        .await?
        .expect_problem(404, "not_found")?;

    let invited = owner.take_in(&guest, "member").await?;
    // The old token knows nothing of it; a fresh one may upload.
    guest
        .client
        .get(&images)
        .await?
        .expect_problem(403, "forbidden")?;
    let session = guest.client.request(Method::POST, "/api/v1/session");
    let refreshed = guest.refreshed(&guest.client.send(session).await?.expect(200)?)?;
    refreshed.client.get(&images).await?.expect(200)?;
    let file = [("one.png", images::small_png()?)];
    invited
        .client
        .upload(&owner.name, &file)
        .await?
        .expect(201)?;

    set(&guest.name, "viewer").await?.expect(200)?;
    let file = [("two.png", images::small_png()?)];
    let demoted = invited.client.upload(&owner.name, &file).await?;
    demoted.expect_problem(403, "forbidden")?;
    invited.client.get(&images).await?.expect(200)?;

    let remove = owner.client.request(Method::DELETE, &member(&guest.name));
    owner.client.send(remove).await?.expect(204)?;
    invited
        .client
        .get(&images)
        .await?
        .expect_problem(403, "forbidden")?;
    let login = json!({"username": guest.name, "password": PASSWORD});
    let again = mesh
        .client()
        .call(Method::POST, "/api/v1/login", &login)
        .await?
        .expect(200)?;
    ensure!(
        again.json()?["tenants"].get(&owner.name).is_none(),
        "removed, yet the tenant is in the new token: {again}"
    );

    let leave = owner.client.request(Method::DELETE, &member(&owner.name));
    owner
        .client
        .send(leave)
        .await?
        .expect_problem(409, "last_owner")?;
    set(&owner.name, "viewer")
        .await?
        .expect_problem(409, "last_owner")?;
    Ok(())
}
