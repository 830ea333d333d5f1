//! Forged signatures under the real key's name: one address may have so many verified, then few a
//! second; tokens that are known to be good and other addresses do not pay for it.

use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};

use crate::client::Answer;
use crate::load;
use crate::mesh::{Kind, Mesh, shipped_policy};
use crate::scenario::Scenario;
use crate::tokens::{Forge, good_claims};

const PATH: &str = "/api/v1/me";
const CLIENTS: usize = 16;
/// Unseen tokens of one address that are still verified in a second, once it has spent its `bad_token`.
const STILL_VERIFIED: u64 = 5;

pub fn scenarios() -> Vec<Scenario> {
    vec![Scenario::new(
        "bad_token::one_address_may_have_only_so_many_verified",
        Kind::TwoWorkersSqlite,
        |mesh| async move { so_many(&mesh).await },
    )]
}

async fn so_many(mesh: &Mesh) -> Result<()> {
    let limit = &shipped_policy()?["anonymous"]["bad_token"];
    let count = limit["count"].as_u64().context("no anonymous.bad_token")?;
    let key = Forge::of(mesh).await?;
    let imitated = key.imitated();
    let person = mesh.client().sign_up("known").await?;

    // A token that every worker has seen, from the address that will forge.
    let known = person.client.with_fresh_connections();
    load::burst(mesh.started().workers * 8, 1, {
        let known = known.clone();
        move |_| {
            let known = known.clone();
            async move { known.get(PATH).await?.expect(200) }
        }
    })
    .await?;

    let each = usize::try_from(count)? / CLIENTS + 16;
    let forger = person.client.without_token();
    let (sender, name) = (forger.clone(), person.name.clone());
    let imitated = Arc::new(imitated);
    let tally = load::burst(CLIENTS, each, move |_| {
        let client = sender.with_token(&imitated.sign(&good_claims(&name)));
        async move { refused(client.get(PATH).await?) }
    })
    .await?;
    let verified = tally.count(401);
    let later =
        STILL_VERIFIED + (tally.elapsed.as_secs_f64() * STILL_VERIFIED as f64).floor() as u64;
    ensure!(
        (count..=count + later).contains(&verified),
        "{verified} were verified, not {count} (+{later}): {tally:?}"
    );
    ensure!(tally.count(429) > 0, "none was refused: {tally:?}");

    for _ in 0..mesh.started().workers * 8 {
        known.get(PATH).await?.expect(200).context("known")?;
    }
    // No token at all is nothing to verify.
    forger.get(PATH).await?.expect(401)?;
    let elsewhere = mesh.client();
    let unseen = elsewhere.with_token(&key.sign(&good_claims(&person.name)));
    unseen.get(PATH).await?.expect(200).context("elsewhere")?;
    let forged = key.imitated().sign(&good_claims(&person.name));
    elsewhere.with_token(&forged).get(PATH).await?.expect(401)?;
    mesh.assert_filter_alive().await
}

fn refused(answer: Answer) -> Result<Answer> {
    answer.header("x-imagehub-filter")?;
    match answer.status {
        401 => answer.expect_problem(401, "unauthenticated"),
        429 => {
            ensure!(answer.retry_after()? >= 1, "{answer}");
            answer.expect_problem(429, "rate_limited")
        }
        _ => bail!("expected 401 or 429: {answer}"),
    }
}
