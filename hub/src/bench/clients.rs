//! Clients that each send requests of their own, and what is admitted of them.

use std::ops::Range;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::users::PLAN;
use crate::consul::http_agent;
use crate::terminal;

/// Clients of [`each_once`].
const CLIENTS: u64 = 16;
/// Clients of a [`burst`].
pub const TOGETHER: u64 = 64;
/// Requests of each of them.
const EACH: u64 = 4;

/// What one user of the first plan may pull.
#[derive(Clone, Copy)]
pub struct PullLimit {
    pub count: u64,
    window_seconds: u64,
}

impl PullLimit {
    /// Reads it from a policy.
    ///
    /// # Errors
    /// When it is not there.
    pub fn in_policy(policy: &str) -> Result<Self> {
        let policy: Value = serde_json::from_str(policy).context("the policy is no JSON")?;
        let number = |name: &str| {
            policy
                .pointer(&format!("/plans/{PLAN}/pull/user/{name}"))
                .and_then(Value::as_u64)
                .with_context(|| format!("the plan {PLAN} has no {name} for pulls"))
        };
        Ok(Self {
            count: number("count")?,
            window_seconds: number("window_seconds")?,
        })
    }

    /// The guarantee: the most that may be admitted in so long.
    pub fn most_in(self, elapsed: Duration) -> u64 {
        let milliseconds = elapsed.as_millis() as u64;
        self.count + milliseconds * self.count / (self.window_seconds * 1000)
    }
}

/// What came of a burst.
pub struct Burst {
    pub sent: u64,
    pub admitted: u64,
    pub elapsed: Duration,
}

/// Requests of one token by many clients at once.
pub fn burst(url: &str, token: &str) -> Burst {
    let barrier = Barrier::new(TOGETHER as usize);
    let start = Instant::now();
    let admitted = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..TOGETHER)
            .map(|_| {
                scope.spawn(|| {
                    let agent = agent();
                    barrier.wait();
                    (0..EACH)
                        .filter(|_| get(&agent, url, token).is_ok_and(|status| status == 200))
                        .count()
                })
            })
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap_or(0) as u64)
            .sum()
    });
    Burst {
        sent: TOGETHER * EACH,
        admitted,
        elapsed: start.elapsed(),
    }
}

/// One request of each of these users, of which `request` tells URL and token; returns how many were
/// admitted.
///
/// # Errors
/// When one was answered neither 200 nor 429.
pub fn each_once(
    users: Range<u64>,
    request: impl Fn(u64) -> Result<(String, String)> + Sync,
) -> Result<u64> {
    let (next, admitted, other) = (
        AtomicU64::new(users.start),
        AtomicU64::new(0),
        AtomicU64::new(0),
    );
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let agent = agent();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= users.end {
                        return;
                    }
                    let status = request(number).and_then(|(url, token)| get(&agent, &url, &token));
                    match status {
                        Ok(200) => admitted.fetch_add(1, Ordering::Relaxed),
                        Ok(429) => 0,
                        _ => other.fetch_add(1, Ordering::Relaxed),
                    };
                }
            });
        }
        scope.spawn(|| tell(&next, &users));
    });
    let strange = other.load(Ordering::Relaxed);
    if strange > 0 {
        bail!("{strange} valid users were answered neither 200 nor 429");
    }
    Ok(admitted.load(Ordering::Relaxed))
}

/// Says now and then how far it is.
fn tell(next: &AtomicU64, users: &Range<u64>) {
    let start = Instant::now();
    let mut said = start;
    while next.load(Ordering::Relaxed) < users.end {
        if said.elapsed() > Duration::from_secs(10) {
            said = Instant::now();
            let done = next.load(Ordering::Relaxed);
            let rate = (done - users.start) as f64 / start.elapsed().as_secs_f64();
            let left = users.end.saturating_sub(done) as f64 / rate.max(1.0);
            terminal::step(&format!(
                "{done} users, {rate:.0} a second, {} to go",
                terminal::human(Duration::from_secs_f64(left))
            ));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A client that takes every status as an answer.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(20)))
        .http_status_as_error(false)
        .build()
        .new_agent()
}

/// The status of a request with a token.
///
/// # Errors
/// When it is not answered.
pub fn get(agent: &ureq::Agent, url: &str, token: &str) -> Result<u16> {
    let mut answer = agent
        .get(url)
        .header("authorization", format!("Bearer {token}"))
        .call()?;
    // Read to its end, so that the connection serves the next request.
    answer.body_mut().read_to_vec()?;
    Ok(answer.status().as_u16())
}

/// The status of a request without a token on a connection of its own.
///
/// # Errors
/// When it is not answered.
pub fn get_afresh(url: &str) -> Result<u16> {
    get_with(url, ("accept", "*/*"))
}

/// The status of a request with a header on a connection of its own.
///
/// # Errors
/// When it is not answered.
pub fn get_with(url: &str, (name, value): (&str, &str)) -> Result<u16> {
    let agent = http_agent(Duration::from_secs(5));
    Ok(agent.get(url).header(name, value).call()?.status().as_u16())
}
