//! A request spends from the user's bucket and from the tenant's, or from neither: whichever of the
//! two refuses, the other keeps what it had, to the request.

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join;

use crate::client::{Client, TestUser};
use crate::images;
use crate::load::{self, Tally};
use crate::mesh::{Kind, Mesh};
use crate::policy::{apply, pulls_a_day};
use crate::ratelimit::buckets;
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    [
        (Kind::TwoWorkersSqlite, "two_workers"),
        (Kind::FourWorkersRedis, "four_workers"),
    ]
    .into_iter()
    .map(|(kind, workers)| {
        Scenario::new(
            format!("two_buckets::both_are_spent_or_neither_on_{workers}"),
            kind,
            |mesh| async move { both_or_neither(&mesh).await },
        )
        .disturbs()
    })
    .collect()
}

async fn storm(person: &TestUser, pull: &str) -> Result<Tally> {
    let clients: Vec<Client> = (0..32).map(|_| person.client.sibling()).collect();
    let pull = pull.to_owned();
    let tally = load::burst(clients.len(), 2, move |number| {
        let (client, pull) = (clients[number].clone(), pull.clone());
        async move { client.get(&pull).await }
    })
    .await?;
    ensure!(tally.count(200) + tally.count(429) == 64, "{tally:?}");
    Ok(tally)
}

async fn left(person: &TestUser, pull: &str) -> Result<(u64, u64)> {
    let answer = person.client.get(pull).await?;
    let buckets = buckets(&answer)?;
    Ok((buckets["user"].remaining, buckets["tenant"].remaining))
}

async fn both_or_neither(mesh: &Mesh) -> Result<()> {
    apply(mesh, &pulls_a_day(10, 15)?).await?;
    let owner = mesh.client().sign_up("owner").await?;
    let image = owner.keep("one.png", images::small_png()?).await?;
    let pull = image["pull"].as_str().context("no pull URL")?;
    let guest = mesh.client().sign_up("guest").await?;
    let guest = owner.take_in(&guest, "viewer").await?;

    // Each alone would have 10; together they have the tenant's 15.
    let (one, other) = try_join(storm(&owner, pull), storm(&guest, pull)).await?;
    let (one, other) = (one.count(200), other.count(200));
    ensure!(
        one + other == 15 && one <= 10 && other <= 10,
        "{one} and {other} admitted of a tenant's 15"
    );

    // What the full tenant refused was not taken from the users: with a larger tenant bucket
    // each has exactly the rest of the own ten.
    apply(mesh, &pulls_a_day(10, 150)?).await?;
    let (more, other_more) = try_join(storm(&owner, pull), storm(&guest, pull)).await?;
    let (more, other_more) = (more.count(200), other_more.count(200));
    ensure!(
        one + more == 10 && other + other_more == 10,
        "{one} + {more} and {other} + {other_more} admitted, not ten each"
    );

    // What the users' own buckets refused was not taken from the tenant.
    let (user, tenant) = left(&owner, pull).await?;
    ensure!(
        user == 0 && tenant == 130,
        "20 of the tenant's 150 are used: {user} and {tenant} are left"
    );
    Ok(())
}
