//! Whether the mesh is ready: asked through the edge, as a client would.

pub mod levels;
pub mod token;

use std::sync::Barrier;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::consul::http_agent;
use crate::mesh::Mesh;

/// A path no route names, so that it needs a user and costs nothing. The filter answers 401 without
/// a token; what comes with one reaches the application, which does not know it.
const PATH: &str = "/api/v1/hub-probe";
const CONNECTIONS_PER_WORKER: usize = 8;

/// What a ready mesh answers.
#[derive(Clone)]
pub enum Expected {
    /// The filter, with the policy of this short hash.
    FilterOn { policy: String },
    /// The application alone.
    FilterOff,
}

impl Expected {
    /// What Consul and the policy in force say the mesh should answer.
    ///
    /// # Errors
    /// When Consul is away or the policy cannot be read.
    pub fn of(mesh: &Mesh) -> Result<Self> {
        Ok(match mesh.module()? {
            Some(_) => Self::FilterOn {
                policy: mesh.policy_hash()?,
            },
            None => Self::FilterOff,
        })
    }
}

/// One answer of the edge.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The header `x-imagehub-filter`.
    pub filter: Option<String>,
    /// Whether there is no body: every other answer has one.
    pub is_empty: bool,
    /// What an error says about itself.
    pub detail: Option<String>,
}

/// The filter's version and policy, out of `VERSION;policy=HASH`.
pub fn version_and_policy(header: &str) -> Option<(&str, &str)> {
    header.split_once(";policy=")
}

impl Answer {
    /// Whether it comes from a virtual machine that died. Envoy answers for it, as for an application
    /// or a sidecar that is away, with 503; but only here it says nothing about why.
    pub fn is_of_a_dead_filter(&self) -> bool {
        self.status == 503 && self.is_empty && self.filter.is_none()
    }
}

/// Asks once, on a connection of its own.
///
/// # Errors
/// When the edge does not answer.
pub fn ask(mesh: &Mesh) -> Result<Answer> {
    get(mesh, PATH, None)
}

/// Asks every worker of the sidecar, several times.
///
/// # Errors
/// When the edge does not answer one of them.
pub fn ask_every_worker(mesh: &Mesh) -> Result<Vec<Answer>> {
    at_once(CONNECTIONS_PER_WORKER * usize::from(mesh.workers), || {
        ask(mesh)
    })
    .into_iter()
    .collect()
}

/// Whether the mesh is ready now, by the contract's definition.
///
/// # Errors
/// What is missing.
pub fn check(mesh: &Mesh, expected: &Expected) -> Result<()> {
    judge(mesh, &ask_every_worker(mesh)?, expected)
}

/// Whether the mesh is ready now, as Consul and the policy in force say it should be: these are asked
/// each time, because Consul may not know at first, or be told something else meanwhile.
///
/// # Errors
/// What is missing.
pub fn check_as_configured(mesh: &Mesh) -> Result<()> {
    check(mesh, &Expected::of(mesh)?)
}

/// Whether the mesh is ready, where every worker gave these answers.
///
/// # Errors
/// What is missing.
pub fn judge(mesh: &Mesh, answers: &[Answer], expected: &Expected) -> Result<()> {
    for answer in answers {
        judge_unsigned(answer, expected)?;
    }
    let ready = get(mesh, "/readyz", None)?;
    if ready.status != 200 {
        let why = ready.detail.as_deref().unwrap_or("it does not say why");
        bail!("the application answers {} to /readyz: {why}", ready.status);
    }
    if let Some(token) = token::signed(&mesh.keys)? {
        judge_signed(&get(mesh, PATH, Some(&token))?, expected)?;
    }
    Ok(())
}

/// Whether every worker's filter answers.
///
/// # Errors
/// When one does not.
pub fn check_alive(mesh: &Mesh) -> Result<()> {
    if ask_every_worker(mesh)?
        .iter()
        .all(|answer| answer.filter.is_some())
    {
        return Ok(());
    }
    bail!("the filter does not answer in every worker");
}

/// Waits until `check` finds nothing missing.
///
/// # Errors
/// What was still missing at the end; or what `give_up` says.
pub fn wait(
    check: impl Fn() -> Result<()>,
    limit: Duration,
    mut give_up: impl FnMut() -> Option<anyhow::Error>,
) -> Result<()> {
    let deadline = Instant::now() + limit;
    loop {
        let Err(missing) = check() else {
            return Ok(());
        };
        if let Some(reason) = give_up() {
            return Err(reason);
        }
        if Instant::now() > deadline {
            return Err(missing.context(format!("not ready after {} s", limit.as_secs())));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn judge_unsigned(answer: &Answer, expected: &Expected) -> Result<()> {
    match (
        expected,
        answer.filter.as_deref().and_then(version_and_policy),
    ) {
        (Expected::FilterOn { policy }, Some((_, found))) if found == policy => {
            if answer.status != 401 {
                bail!(
                    "the filter answers {} instead of 401 to a request without a token",
                    answer.status
                );
            }
        }
        (Expected::FilterOn { policy }, Some((_, found))) => {
            bail!("the filter has policy {found}, not yet {policy}");
        }
        (_, None) if answer.is_of_a_dead_filter() => {
            bail!("the filter's virtual machine died: hub filter reload");
        }
        (Expected::FilterOn { .. }, None) => {
            bail!("the filter does not answer yet (status {})", answer.status);
        }
        (Expected::FilterOff, Some(_)) => bail!("the filter still answers"),
        (Expected::FilterOff, None) if answer.status >= 500 => {
            bail!("the application does not answer (status {})", answer.status);
        }
        (Expected::FilterOff, None) => {}
    }
    Ok(())
}

fn judge_signed(answer: &Answer, expected: &Expected) -> Result<()> {
    let passed = answer.status != 401 && answer.status < 500;
    let by_filter = answer.filter.is_some() == matches!(expected, Expected::FilterOn { .. });
    if !passed || !by_filter {
        bail!("a request with a good token is answered {}", answer.status);
    }
    Ok(())
}

/// Asks `count` times together, which has to be on a connection of its own each: one after the other they
/// would all travel on the one connection the edge keeps to the sidecar, and see one worker.
pub fn at_once<T: Send>(count: usize, ask: impl Fn() -> Result<T> + Sync) -> Vec<Result<T>> {
    let barrier = Barrier::new(count);
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..count)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    ask()
                })
            })
            .collect();
        asking
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| bail!("a probe broke off")))
            .collect()
    })
}

fn get(mesh: &Mesh, path: &str, token: Option<&str>) -> Result<Answer> {
    let mut request = http_agent(Duration::from_secs(4))
        .get(format!("{}{path}", mesh.edge))
        .header("accept", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut answer = request
        .call()
        .with_context(|| format!("the edge at {} does not answer", mesh.edge))?;
    let body = answer
        .body_mut()
        .read_to_string()
        .with_context(|| format!("the answer of {} broke off", mesh.edge))?;
    Ok(Answer {
        status: answer.status().as_u16(),
        detail: problem_detail(&body),
        is_empty: body.is_empty(),
        filter: answer
            .headers()
            .get("x-imagehub-filter")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned),
    })
}

/// The `detail` of problem+json, without its full stop.
fn problem_detail(body: &str) -> Option<String> {
    let problem: Value = serde_json::from_str(body).ok()?;
    let detail = problem.get("detail")?.as_str()?;
    Some(detail.trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, filter: Option<&str>) -> Answer {
        Answer {
            status,
            filter: filter.map(str::to_owned),
            is_empty: false,
            detail: None,
        }
    }

    #[test]
    fn only_a_503_that_says_nothing_at_all_is_a_dead_filters() {
        let dead = Answer {
            is_empty: true,
            ..answer(503, None)
        };
        assert!(dead.is_of_a_dead_filter());
        let away = answer(503, None);
        assert!(!away.is_of_a_dead_filter(), "a part of the mesh is away");
        let without_keys = answer(503, Some("0.1.0;policy=abc"));
        assert!(!without_keys.is_of_a_dead_filter());
    }

    #[test]
    fn what_is_wrong_is_read_from_a_problem_and_from_nothing_else() {
        let problem = r#"{"code":"unavailable","detail":"The blobs cannot be reached."}"#;
        let detail = problem_detail(problem);
        assert_eq!(detail.as_deref(), Some("The blobs cannot be reached"));
        assert_eq!(problem_detail("upstream connect error"), None);
    }

    #[test]
    fn only_a_401_by_the_expected_policy_is_ready() {
        let on = &Expected::FilterOn {
            policy: "abc".to_owned(),
        };
        assert!(judge_unsigned(&answer(401, Some("0.1.0;policy=abc")), on).is_ok());
        assert!(judge_unsigned(&answer(401, Some("0.1.0;policy=old")), on).is_err());
        assert!(judge_unsigned(&answer(503, Some("0.1.0;policy=abc")), on).is_err());
        assert!(
            judge_unsigned(&answer(401, None), on).is_err(),
            "the application's own 401"
        );
    }

    #[test]
    fn off_means_the_header_is_gone_and_the_application_answers() {
        let off = &Expected::FilterOff;
        assert!(judge_unsigned(&answer(401, None), off).is_ok());
        assert!(judge_unsigned(&answer(503, None), off).is_err());
        assert!(judge_unsigned(&answer(401, Some("0.1.0;policy=abc")), off).is_err());
    }

    #[test]
    fn a_good_token_that_gets_a_401_means_not_ready() {
        let on = &Expected::FilterOn {
            policy: "abc".to_owned(),
        };
        assert!(judge_signed(&answer(404, Some("0.1.0;policy=abc")), on).is_ok());
        assert!(judge_signed(&answer(401, Some("0.1.0;policy=abc")), on).is_err());
    }
}
