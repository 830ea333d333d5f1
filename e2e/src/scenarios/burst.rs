//! A flood of tokens under a key's name that nobody has, with good tokens among them: the filter
//! lives on in every worker, and good tokens are answered all the while.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::future::{join, try_join};

use crate::client::{Answer, Client};
use crate::fake_app::{FakeApp, KeySet, KeysCome};
use crate::load::{self, Tally};
use crate::mesh::{Kind, Mesh};
use crate::process;
use crate::scenario::Scenario;
use crate::tokens::{Forge, good_claims, made_up};
use crate::wait;

const PATH: &str = "/api/v1/me";
/// One request in so many has a good token.
const GOOD_AMONG: usize = 7;
/// Good tokens, each seen by the filter for the first time in a flood.
const GOOD_TOKENS: usize = 16;
/// The answer to a fetch that takes so long still counts.
const SLOW: Duration = Duration::from_millis(600);

pub fn scenarios() -> Vec<Scenario> {
    let kind = Kind::TwoWorkersSqlite;
    vec![
        Scenario::new(
            "burst::while_the_application_is_paused",
            kind,
            |mesh| async move { application_paused(&mesh).await },
        )
        .disturbs(),
        Scenario::new(
            "burst::while_the_application_is_away",
            kind,
            |mesh| async move { application_away(&mesh).await },
        )
        .disturbs(),
        Scenario::new(
            "burst::while_keys_come_at_once_late_or_never",
            kind,
            |mesh| async move { fake_app(&mesh).await },
        )
        .disturbs(),
        Scenario::new("burst::before_the_first_keys", kind, |mesh| async move {
            before_the_first_keys(&mesh).await
        })
        .disturbs(),
    ]
}

type Check = fn(Answer) -> Result<Answer>;

/// What the answers have to be.
#[derive(Clone, Copy)]
struct Expected {
    good: Check,
    forged: Check,
}

/// Clients over one version of HTTP, and their good tokens.
struct Flood {
    clients: Vec<Client>,
    good: Arc<[String]>,
}

impl Flood {
    /// Every client on a connection and from an address of its own.
    fn over_http1(mesh: &Mesh, requests: usize, good: &Arc<[String]>) -> Self {
        Self {
            clients: (0..requests).map(|_| mesh.client()).collect(),
            good: Arc::clone(good),
        }
    }

    /// All requests on eight connections from one address.
    fn over_http2(mesh: &Mesh, good: &Arc<[String]>) -> Self {
        let client = mesh.client();
        Self {
            clients: (0..8).map(|_| client.over_http2()).collect(),
            good: Arc::clone(good),
        }
    }

    /// Sends so many requests together and checks every answer.
    async fn run(self, requests: usize, expected: Expected) -> Result<Tally> {
        load::burst(requests, 1, move |number| {
            let is_good = number.is_multiple_of(GOOD_AMONG);
            let token = match self.good.get(number / GOOD_AMONG % GOOD_TOKENS) {
                Some(token) if is_good => token.clone(),
                _ => made_up(),
            };
            let client = self.clients[number % self.clients.len()].with_token(&token);
            async move {
                let answer = client.get(PATH).await?;
                if is_good {
                    (expected.good)(answer).context("a good token")
                } else {
                    (expected.forged)(answer).context("a forged token")
                }
            }
        })
        .await
    }
}

/// Tokens of somebody new that the application's key signed.
async fn good_tokens(mesh: &Mesh) -> Result<Arc<[String]>> {
    let person = mesh.client().sign_up("patient").await?;
    let key = Forge::of(mesh).await?;
    Ok((0..GOOD_TOKENS)
        .map(|_| key.sign(&good_claims(&person.name)))
        .collect())
}

fn refused(answer: Answer) -> Result<Answer> {
    answer.header("x-imagehub-filter")?;
    match answer.status {
        401 => answer.expect_problem(401, "unauthenticated"),
        // From an address that has enough requests waiting.
        429 => {
            answer.retry_after()?;
            answer.expect_problem(429, "rate_limited")
        }
        _ => bail!("expected 401 or 429: {answer}"),
    }
}

const GOOD_ARE_SERVED: Expected = Expected {
    good: |answer| answer.expect(200),
    forged: refused,
};

/// Sends half over each version of HTTP, together: an unknown key is asked for once in a while, and
/// only then do requests wait. Tells how long the slowest answer took.
async fn both(
    mesh: &Mesh,
    requests: usize,
    tokens: &Arc<[String]>,
    expected: Expected,
) -> Result<Duration> {
    let half = requests / 2;
    let one = Flood::over_http1(mesh, half, tokens).run(half, expected);
    let two = Flood::over_http2(mesh, tokens).run(half, expected);
    let (one, two) = join(one, two).await;
    let alive = mesh.assert_filter_alive().await;
    let (one, two) = (one.context("over HTTP/1.1")?, two.context("over HTTP/2")?);
    alive.map(|()| one.slowest.max(two.slowest))
}

async fn application_paused(mesh: &Mesh) -> Result<()> {
    let good = good_tokens(mesh).await?;
    mesh.hub(&["restart", "sidecar"]).await?;
    mesh.serves_within(Duration::from_secs(20)).await?;
    let paused = process::listening_on(mesh.started().ports.app)?.pause()?;
    let resume = async {
        wait::for_a_fault(SLOW).await;
        drop(paused);
        Ok(())
    };
    try_join(both(mesh, 4_000, &good, GOOD_ARE_SERVED), resume).await?;
    Ok(())
}

async fn application_away(mesh: &Mesh) -> Result<()> {
    let good = good_tokens(mesh).await?;
    mesh.hub(&["stop", "app"]).await?;
    let in_vain = Expected {
        good: passed_on_in_vain,
        forged: refused,
    };
    both(mesh, 4_000, &good, in_vain).await?;
    mesh.hub(&["start", "app"]).await?;
    mesh.serves_within(Duration::from_secs(20)).await
}

/// The filter let it pass; that nobody was there is Envoy's answer.
fn passed_on_in_vain(answer: Answer) -> Result<Answer> {
    answer.header("x-imagehub-filter")?;
    let answer = answer.expect(503)?;
    ensure!(!answer.text().contains("no_keys"), "refused: {answer}");
    Ok(answer)
}

async fn fake_app(mesh: &Mesh) -> Result<()> {
    let good = good_tokens(mesh).await?;
    let fake_app = FakeApp::replace_application(mesh, KeySet::Real).await?;
    for (requests, come) in [
        (1_000, KeysCome::AtOnce),
        (4_000, KeysCome::AtOnce),
        (1_000, KeysCome::After(SLOW)),
        (4_000, KeysCome::After(SLOW)),
        (1_000, KeysCome::Never),
        (4_000, KeysCome::Never),
    ] {
        fake_app.let_keys_come(KeysCome::AtOnce);
        mesh.hub(&["restart", "sidecar"]).await?;
        mesh.serves_within(Duration::from_secs(20)).await?;
        fake_app.let_keys_come(come);
        let slowest = both(mesh, requests, &good, GOOD_ARE_SERVED)
            .await
            .with_context(|| format!("{requests}, {come:?}"))?;
        if let KeysCome::After(late) = come {
            ensure!(slowest >= late, "nobody waited: {slowest:?}");
        }
    }
    fake_app.leave().await;
    mesh.hub(&["start", "app"]).await?;
    Ok(())
}

async fn before_the_first_keys(mesh: &Mesh) -> Result<()> {
    let good = good_tokens(mesh).await?;
    let fake_app = FakeApp::replace_application(mesh, KeySet::Junk).await?;
    mesh.hub(&["restart", "sidecar"]).await?;
    mesh.serves_within(Duration::from_secs(20)).await?;
    let nobody_can_tell = Expected {
        good: without_keys,
        forged: without_keys,
    };
    both(mesh, 4_000, &good, nobody_can_tell).await?;
    let seen = fake_app.heads_with(PATH);
    ensure!(
        seen.is_empty(),
        "unverified, yet let through: {} requests",
        seen.len()
    );
    fake_app.leave().await;

    mesh.hub(&["start", "app"]).await?;
    let client = mesh.client().with_token(&good[0]).with_fresh_connections();
    wait::until("keys are there", Duration::from_secs(10), || async {
        client.get(PATH).await?.expect(200).map(drop)
    })
    .await
}

fn without_keys(answer: Answer) -> Result<Answer> {
    answer.header("x-imagehub-filter")?;
    ensure!(answer.retry_after()? >= 1, "{answer}");
    answer.expect_problem(503, "no_keys")
}
