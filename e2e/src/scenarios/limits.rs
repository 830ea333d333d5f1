//! Rate limits, to the request: in a burst shorter than one request's interval exactly the count is
//! admitted, whoever the clients are and on however many workers.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join;

use crate::client::{Client, TestUser};
use crate::images;
use crate::load::{self, Tally};
use crate::mesh::{Kind, Mesh};
use crate::ratelimit::buckets;
use crate::scenario::Scenario;
use crate::wait;

const CLIENTS: usize = 64;

pub fn scenarios() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for (kind, workers) in [
        (Kind::TwoWorkersSqlite, "two_workers"),
        (Kind::FourWorkersRedis, "four_workers"),
    ] {
        scenarios.extend([
            Scenario::new(
                format!("limits::first_requests_ever_by_64_clients_on_{workers}"),
                kind,
                |mesh| async move { first_requests_ever(&mesh).await },
            ),
            Scenario::new(
                format!("limits::two_users_of_one_tenant_at_once_on_{workers}"),
                kind,
                |mesh| async move { two_users_at_once(&mesh).await },
            ),
            Scenario::new(
                format!("limits::a_tenant_has_ten_times_a_users_share_on_{workers}"),
                kind,
                |mesh| async move { tenant_bucket(&mesh).await },
            ),
        ]);
    }
    let kind = Kind::TwoWorkersSqlite;
    scenarios.extend([
        Scenario::new(
            "limits::headers_count_down_and_parse",
            kind,
            |mesh| async move { headers(&mesh).await },
        ),
        Scenario::new("limits::retry_after_is_honoured", kind, |mesh| async move {
            retry_after(&mesh).await
        }),
        Scenario::new(
            "limits::every_form_of_a_pull_costs_one",
            kind,
            |mesh| async move { every_form_costs(&mesh).await },
        ),
        Scenario::new(
            "limits::what_is_refused_costs_nothing",
            kind,
            |mesh| async move { refused_costs_nothing(&mesh).await },
        ),
        Scenario::new(
            "limits::anonymous_by_address_as_the_edge_sees_it",
            kind,
            |mesh| async move { anonymous(&mesh).await },
        ),
        Scenario::new(
            "limits::an_upgrade_carries_the_debt",
            kind,
            |mesh| async move { upgrade(&mesh).await },
        ),
    ]);
    scenarios
}

/// Checks the guarantee: a burst of length t admits at least the count, and at most
/// count + floor(t × count / window). Shorter than one interval, that is exactly the count.
fn guarantee(tally: &Tally, admitted: u16, count: u64, window: u64) -> Result<()> {
    let came_back = (tally.elapsed.as_secs_f64() * count as f64 / window as f64).floor() as u64;
    let seen = tally.count(admitted);
    ensure!(
        (count..=count + came_back).contains(&seen),
        "admitted {seen} of {}, not {count} (+{came_back} that came back in {:?}): {tally:?}",
        tally.total(),
        tally.elapsed
    );
    ensure!(
        seen + tally.count(429) == tally.total(),
        "answers besides {admitted} and 429: {tally:?}"
    );
    Ok(())
}

async fn person_with_picture(mesh: &Mesh) -> Result<(TestUser, String)> {
    let person = mesh.client().sign_up("limited").await?;
    let image = person.keep("one.png", images::small_png()?).await?;
    let pull = image["pull"].as_str().context("no pull URL")?.to_owned();
    Ok((person, pull))
}

/// Many clients of one person, each with connections of its own.
async fn many_pull(client: &Client, pull: &str, clients: usize, each: usize) -> Result<Tally> {
    let siblings: Vec<Client> = (0..clients).map(|_| client.sibling()).collect();
    let pull = pull.to_owned();
    load::burst(clients, each, move |number| {
        let (client, pull) = (siblings[number].clone(), pull.clone());
        async move { client.get(&pull).await }
    })
    .await
}

async fn first_requests_ever(mesh: &Mesh) -> Result<()> {
    let mut exact = 0;
    for _ in 0..6 {
        let (person, pull) = person_with_picture(mesh).await?;
        let tally = many_pull(&person.client, &pull, CLIENTS, 1).await?;
        guarantee(&tally, 200, 10, 60)?;
        exact += usize::from(tally.count(200) == 10 && tally.elapsed < Duration::from_secs(6));
    }
    ensure!(
        exact >= 5,
        "only {exact} of 6 bursts were short enough to be exact"
    );
    Ok(())
}

async fn two_users_at_once(mesh: &Mesh) -> Result<()> {
    let (owner, pull) = person_with_picture(mesh).await?;
    let guest = mesh.client().sign_up("guest").await?;
    let guest = owner.take_in(&guest, "viewer").await?;
    let (one, other) = try_join(
        many_pull(&owner.client, &pull, CLIENTS / 2, 1),
        many_pull(&guest.client, &pull, CLIENTS / 2, 1),
    )
    .await?;
    guarantee(&one, 200, 10, 60).context("the owner")?;
    guarantee(&other, 200, 10, 60).context("the guest")
}

async fn tenant_bucket(mesh: &Mesh) -> Result<()> {
    let (owner, pull) = person_with_picture(mesh).await?;
    let mut members = vec![owner.clone()];
    for _ in 0..11 {
        let guest = mesh.client().sign_up("crowd").await?;
        members.push(owner.take_in(&guest, "viewer").await?);
    }
    // Twelve people with ten each would have 120; the tenant has 100.
    let clients: Vec<Client> = members
        .iter()
        .flat_map(|member| (0..5).map(|_| member.client.sibling()))
        .collect();
    let asked = pull.clone();
    let tally = load::burst(clients.len(), 3, move |number| {
        let (client, pull) = (clients[number].clone(), asked.clone());
        async move { client.get(&pull).await }
    })
    .await?;
    guarantee(&tally, 200, 100, 60)?;
    Ok(())
}

async fn headers(mesh: &Mesh) -> Result<()> {
    let (person, pull) = person_with_picture(mesh).await?;
    for left in (0..10_u64).rev() {
        let answer = person.client.get(&pull).await?.expect(200)?;
        let seen = buckets(&answer)?;
        ensure!(seen.len() == 2, "not user and tenant: {seen:?}");
        let (user, tenant) = (&seen["user"], &seen["tenant"]);
        ensure!((user.quota, user.window) == (10, 60), "{seen:?}");
        ensure!((tenant.quota, tenant.window) == (100, 60), "{seen:?}");
        ensure!(user.remaining == left, "{left} left, not {seen:?}");
        ensure!(
            (1..=6).contains(&user.next_in),
            "one comes back every 6 s: {seen:?}"
        );
        // The tenant's come back ten times as fast.
        ensure!((90 + left..=99).contains(&tenant.remaining), "{seen:?}");
    }
    let refused = person.client.get(&pull).await?;
    let refused = refused.expect_problem(429, "rate_limited")?;
    ensure!(buckets(&refused)?["user"].remaining == 0, "{refused}");
    ensure!((1..=7).contains(&refused.retry_after()?), "{refused}");
    let free = person.client.get("/api/v1/me").await?.expect(200)?;
    ensure!(!free.has("ratelimit"), "a route without limit: {free}");
    Ok(())
}

async fn retry_after(mesh: &Mesh) -> Result<()> {
    let (person, pull) = person_with_picture(mesh).await?;
    let tally = many_pull(&person.client, &pull, 4, 4).await?;
    guarantee(&tally, 200, 10, 60)?;
    for _ in 0..2 {
        let refused = person.client.get(&pull).await?;
        let refused = refused.expect_problem(429, "rate_limited")?;
        wait::as_told(refused.retry_after()?).await;
        person.client.get(&pull).await?.expect(200)?;
    }
    Ok(())
}

async fn every_form_costs(mesh: &Mesh) -> Result<()> {
    use reqwest::Method;
    let (person, pull) = person_with_picture(mesh).await?;
    let client = &person.client;
    let whole = client.get(&pull).await?.expect(200)?;
    ensure!(buckets(&whole)?["user"].remaining == 9, "{whole}");
    let tag = whole.header("etag")?;
    for (header, value) in [
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox"),
    ] {
        ensure!(whole.header(header)?.contains(value), "no {value}: {whole}");
    }
    whole.header("content-disposition")?;

    let part = client
        .request(Method::GET, &pull)
        .header("range", "bytes=0-9");
    let part = client.send(part).await?.expect(206)?;
    ensure!(part.body == whole.body.slice(..10), "another range: {part}");
    ensure!(buckets(&part)?["user"].remaining == 8, "{part}");

    let known = client
        .request(Method::GET, &pull)
        .header("if-none-match", tag);
    let known = client.send(known).await?.expect(304)?;
    ensure!(
        known.body.is_empty() && buckets(&known)?["user"].remaining == 7,
        "{known}"
    );

    let head = client
        .send(client.request(Method::HEAD, &pull))
        .await?
        .expect(200)?;
    ensure!(
        head.body.is_empty() && buckets(&head)?["user"].remaining == 6,
        "{head}"
    );

    let missing = format!("/t/{}/images/nothing/pull", person.name);
    let missing = client
        .get(&missing)
        .await?
        .expect_problem(404, "not_found")?;
    ensure!(
        buckets(&missing)?["user"].remaining == 5,
        "let through is spent: {missing}"
    );
    Ok(())
}

async fn refused_costs_nothing(mesh: &Mesh) -> Result<()> {
    let (owner, pull) = person_with_picture(mesh).await?;
    let stranger = mesh.client().sign_up("refused").await?;
    for _ in 0..20 {
        stranger
            .client
            .get(&pull)
            .await?
            .expect_problem(403, "forbidden")?;
        owner.client.without_token().get(&pull).await?.expect(401)?;
    }
    let first = owner.client.get(&pull).await?.expect(200)?;
    let seen = buckets(&first)?;
    ensure!(seen["user"].remaining == 9, "{seen:?}");
    ensure!(
        seen["tenant"].remaining == 99,
        "the stranger spent the tenant's: {seen:?}"
    );

    let storm = many_pull(&owner.client, &pull, 8, 20).await?;
    ensure!(storm.count(429) >= 140, "{storm:?}");
    let refused = owner
        .client
        .get(&pull)
        .await?
        .expect_problem(429, "rate_limited")?;
    let seen = buckets(&refused)?;
    ensure!(
        seen["tenant"].remaining >= 89,
        "140 refusals spent the tenant's: {seen:?}"
    );
    ensure!(
        refused.retry_after()? <= 7,
        "refusals lengthened the wait: {refused}"
    );
    Ok(())
}

async fn anonymous(mesh: &Mesh) -> Result<()> {
    use reqwest::Method;
    let one = mesh.client();
    let other = mesh.client();
    let first = one.get("/plans").await?.expect(200)?;
    let seen = buckets(&first)?;
    ensure!(
        seen.len() == 1 && seen["address"].quota == 600 && seen["address"].remaining == 599,
        "{seen:?}"
    );
    let flood = one.clone();
    let tally = load::burst(16, 56, move |number| {
        let client = flood.clone();
        // A new pretended address each time changes nothing.
        let pretended = format!("10.0.{number}.{}", rand::random::<u8>());
        async move {
            let request = client
                .request(Method::GET, "/api/v1/plans")
                .header("x-imagehub-client", &pretended)
                .header("x-forwarded-for", &pretended);
            client.send(request).await
        }
    })
    .await?;
    let came_back = tally.elapsed.as_secs() * 10 + 10;
    let admitted = tally.count(200) + 1;
    ensure!(
        (600..=600 + came_back).contains(&admitted) && tally.count(429) > 0,
        "one address: {admitted} admitted: {tally:?}"
    );
    let refused = one.get("/plans").await?;
    if refused.status == 429 {
        refused.expect_problem(429, "rate_limited")?.retry_after()?;
    }
    let unharmed = buckets(&other.get("/plans").await?.expect(200)?)?;
    ensure!(
        unharmed["address"].remaining == 599,
        "another address: {unharmed:?}"
    );
    Ok(())
}

async fn upgrade(mesh: &Mesh) -> Result<()> {
    let (person, pull) = person_with_picture(mesh).await?;
    let tally = many_pull(&person.client, &pull, 4, 4).await?;
    guarantee(&tally, 200, 10, 60)?;
    person
        .client
        .get(&pull)
        .await?
        .expect_problem(429, "rate_limited")?;

    let team = person.on_plan("team").await?;
    let next = buckets(&team.client.get(&pull).await?.expect(200)?)?;
    ensure!(
        next["user"].quota == 100 && (89..=92).contains(&next["user"].remaining),
        "10 used of 10 is 10 used of 100: {next:?}"
    );
    // Seen again by the old token, which still says personal: the debt is more than 10 allow.
    let old = person
        .client
        .get(&pull)
        .await?
        .expect_problem(429, "rate_limited")?;
    ensure!(buckets(&old)?["user"].quota == 10, "{old}");
    Ok(())
}
