//! `hub policy apply`: under load no request fails and what was used stays used; a broken policy is
//! refused with the place that is wrong, and the running one goes on.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::future::join;
use serde_json::{Value, json};

use crate::client::TestUser;
use crate::images;
use crate::load::{self, Background};
use crate::mesh::{Kind, Mesh, shipped_policy};
use crate::policy::{PolicyFile, apply, pulls_a_day};
use crate::ratelimit::buckets;
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    let kind = Kind::TwoWorkersSqlite;
    vec![
        Scenario::new(
            "policy_change::under_load_keeps_the_debt",
            kind,
            |mesh| async move { keeps_the_debt(&mesh).await },
        )
        .disturbs(),
        Scenario::new(
            "policy_change::beside_a_filter_off_leaves_the_filter_off",
            kind,
            |mesh| async move { beside_off(&mesh).await },
        )
        .disturbs(),
        Scenario::new(
            "policy_change::a_broken_policy_is_refused_and_the_running_one_goes_on",
            kind,
            |mesh| async move { broken(&mesh).await },
        )
        .disturbs(),
    ]
}

async fn admitted_of(person: &TestUser, pull: &str, tries: usize) -> Result<u64> {
    let (client, pull) = (person.client.with_fresh_connections(), pull.to_owned());
    let tally = load::burst(8, tries / 8, move |_| {
        let (client, pull) = (client.clone(), pull.clone());
        async move { client.get(&pull).await }
    })
    .await?;
    ensure!(
        tally.count(200) + tally.count(429) == tally.total(),
        "{tally:?}"
    );
    Ok(tally.count(200))
}

async fn keeps_the_debt(mesh: &Mesh) -> Result<()> {
    let busy = mesh
        .client()
        .sign_up("busy")
        .await?
        .on_plan("enterprise")
        .await?;
    let path = format!("/t/{}/images?limit=1", busy.name);
    let client = busy.client.clone();
    let load = Background::start(6, Duration::from_millis(25), 200, move |_| {
        let (client, path) = (client.clone(), path.clone());
        async move { client.get(&path).await }
    });

    apply(mesh, &pulls_a_day(10, 100)?).await?;
    let person = mesh.client().sign_up("indebted").await?;
    let image = person.keep("one.png", images::small_png()?).await?;
    let pull = image["pull"].as_str().context("no pull URL")?;
    let first = admitted_of(&person, pull, 24).await?;
    ensure!(first == 10, "{first} of 10 a day admitted");

    apply(mesh, &pulls_a_day(20, 200)?).await?;
    let more = admitted_of(&person, pull, 40).await?;
    ensure!(
        more == 10,
        "10 used of 10, then 20 a day: {more} more admitted, not 10"
    );

    apply(mesh, &pulls_a_day(5, 50)?).await?;
    let none = admitted_of(&person, pull, 16).await?;
    ensure!(none == 0, "20 used, then 5 a day: {none} admitted");
    let refused = person
        .client
        .get(pull)
        .await?
        .expect_problem(429, "rate_limited")?;
    ensure!(buckets(&refused)?["user"].quota == 5, "{refused}");

    // The application reads the same policy.
    let plans = mesh.client().get("/api/v1/plans").await?.expect(200)?;
    ensure!(
        plans.text().contains("86400"),
        "the plans are the old ones: {plans}"
    );
    load.finish_without_complaint(200).await?;
    Ok(())
}

async fn beside_off(mesh: &Mesh) -> Result<()> {
    let policies = [
        PolicyFile::write(&pulls_a_day(10, 100)?)?,
        PolicyFile::write(&pulls_a_day(20, 200)?)?,
    ];
    for round in 0..4 {
        mesh.hub(&["filter", "on"]).await?;
        let path = policies[round % 2].path();
        let (off, _) = join(
            mesh.hub(&["filter", "off"]),
            // Whether it is told that it was overtaken is not what counts here.
            mesh.try_hub(&["policy", "apply", &path]),
        )
        .await;
        off?;
        let said = mesh.hub(&["filter", "status"]).await?;
        ensure!(said.trim() == "off", "round {round}: it is {said:?}");
    }
    Ok(())
}

async fn broken(mesh: &Mesh) -> Result<()> {
    let before = mesh.status().await?;
    let with = |pointer: &str, value: Value| -> Result<Value> {
        let mut policy = shipped_policy()?;
        *policy
            .pointer_mut(pointer)
            .with_context(|| pointer.to_owned())? = value;
        Ok(policy)
    };
    let mut unknown = shipped_policy()?;
    unknown["plans"]["personal"]["pull"]["user"]["burst"] = json!(3);
    let cases = [
        (
            "plans.personal.pull.user.count",
            with("/plans/personal/pull/user/count", json!("many"))?,
        ),
        (
            "plans.personal.pull.user.window_seconds",
            with("/plans/personal/pull/user/window_seconds", json!(0))?,
        ),
        ("plans.personal.pull.user", unknown),
        ("routes[0]", with("/routes/0/access", json!("everybody"))?),
    ];
    for (place, policy) in cases {
        let file = PolicyFile::write(&policy)?;
        for action in ["check", "apply"] {
            let output = mesh.try_hub(&["policy", action, &file.path()]).await?;
            let said = String::from_utf8_lossy(&output.stderr).into_owned()
                + &String::from_utf8_lossy(&output.stdout);
            ensure!(
                !output.status.success(),
                "`policy {action}` took {place}: {said}"
            );
            ensure!(said.contains(place), "{place} is not named: {said}");
        }
    }
    let output = mesh
        .try_hub(&["policy", "apply", "/nowhere/policy.json"])
        .await?;
    ensure!(
        !output.status.success(),
        "a file that is not there was applied"
    );

    let after = mesh.status().await?;
    ensure!(
        after.ready && after.filter.policy == before.filter.policy,
        "{after:?}, not {before:?}"
    );
    let person = mesh.client().sign_up("goes-on").await?;
    let image = person.keep("one.png", images::small_png()?).await?;
    let answer = person
        .client
        .get(image["pull"].as_str().context("no pull URL")?)
        .await?;
    let left = buckets(&answer.expect(200)?)?;
    ensure!(left["user"].quota == 10, "{left:?}");
    mesh.assert_filter_alive().await
}
