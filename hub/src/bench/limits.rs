//! `hub bench limits`: memory after a million users, and exactness.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use imagehub_policy::{LimitTable, Policy, SET_BYTES};
use serde_json::Value;

use super::envoy::Envoy;
use super::users::{Issuer, PLAN};
use crate::config::Config;
use crate::mesh::filter_module;
use crate::tools::{Tool, Toolbox};
use crate::{build, terminal};

const CLIENTS: u64 = 16;
/// What is bounded but not made at the start, such as the tokens each worker keeps, is full by then.
const WARM_UP: u64 = 50_000;

#[derive(Args, Clone, Debug)]
pub struct Options {
    /// How many distinct users.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    users: u64,
    /// Workers of the Envoy under test.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: u16,
}

/// Measures and prints.
///
/// # Errors
/// When the set-up fails, or a valid user is not answered 200.
pub fn run(config: &Config, options: &Options) -> Result<()> {
    let program = Toolbox::new(config).ensure(Tool::Envoy)?;
    let module = build::filter(config)?;
    let module = filter_module::install(
        &module,
        &crate::instance::hub_dir(&config.root).join("bench"),
    )?;
    let issuer = Issuer::new()?;
    let shipped = std::fs::read_to_string(config.root.join("consul/policy.json"))
        .context("cannot read consul/policy.json")?;
    let policy = issuer.trusted_by(&shipped)?;
    let slots = match Policy::parse(policy.as_bytes()) {
        Ok(parsed) => parsed.limit_slots(),
        Err(error) => bail!("the policy for the measurement is refused: {error}"),
    };
    let limit = PullLimit::in_policy(&shipped)?;
    for workers in [2, 4] {
        let envoy = Envoy::start(config, &program, &module, &policy, workers)?;
        exactness(&envoy, &issuer, workers, limit)?;
    }
    let envoy = Envoy::start(config, &program, &module, &policy, options.workers)?;
    memory(&envoy, &issuer, options, slots)
}

/// What one user of the first plan may pull.
#[derive(Clone, Copy)]
struct PullLimit {
    count: u64,
    window_seconds: u64,
}

impl PullLimit {
    fn in_policy(policy: &str) -> Result<Self> {
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
    fn most_in(self, elapsed: Duration) -> u64 {
        let milliseconds = elapsed.as_millis() as u64;
        self.count + milliseconds * self.count / (self.window_seconds * 1000)
    }
}

/// 64 clients of one user at once, as that user's first requests ever.
fn exactness(envoy: &Envoy, issuer: &Issuer, workers: u16, limit: PullLimit) -> Result<()> {
    const TOGETHER: usize = 64;
    const EACH: usize = 4;
    let token = issuer.token("exact")?;
    let barrier = Barrier::new(TOGETHER);
    let start = Instant::now();
    let admitted: u64 = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..TOGETHER)
            .map(|_| {
                scope.spawn(|| {
                    let agent = ureq::Agent::config_builder()
                        .http_status_as_error(false)
                        .build()
                        .new_agent();
                    barrier.wait();
                    (0..EACH)
                        .filter(|_| {
                            pull(&agent, envoy.port, "exact", &token)
                                .is_ok_and(|status| status == 200)
                        })
                        .count()
                })
            })
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap_or(0) as u64)
            .sum()
    });
    let (elapsed, least) = (start.elapsed(), limit.count);
    let most = limit.most_in(elapsed);
    terminal::result(&format!(
        "{workers} workers, {TOGETHER} clients, {} requests in {:.2} s: {admitted} admitted, guarantee {least} to {most}",
        TOGETHER * EACH,
        elapsed.as_secs_f64()
    ));
    if !(least..=most).contains(&admitted) {
        bail!("the guarantee is broken");
    }
    Ok(())
}

fn memory(envoy: &Envoy, issuer: &Issuer, options: &Options, slots: u32) -> Result<()> {
    let table = LimitTable::new(slots, [0, 0]);
    let sets = u64::from(table.sets());
    terminal::result(&format!(
        "limiter's table: {sets} values of {SET_BYTES} bytes, {} KiB, made at the start",
        sets * SET_BYTES as u64 / 1024
    ));
    let report = |when: &str| -> Result<()> {
        terminal::result(&format!(
            "{when:<24} resident {:>6} KiB, allocated by Envoy {:>6} KiB",
            envoy.resident_kib()?,
            envoy.allocated()? / 1024
        ));
        Ok(())
    };
    report("at the start")?;
    let warm_up = WARM_UP.min(options.users / 2);
    send(envoy, issuer, 0, warm_up)?;
    report(&format!("after {warm_up} users"))?;
    let admitted = send(envoy, issuer, warm_up, options.users)?;
    report(&format!("after {} users", options.users))?;
    let sent = options.users - warm_up;
    terminal::result(&format!("{admitted} of {sent} first requests admitted"));
    Ok(())
}

/// One request of each user from `first` up to `end`; returns how many were admitted.
fn send(envoy: &Envoy, issuer: &Issuer, first: u64, end: u64) -> Result<u64> {
    let (next, admitted, other) = (AtomicU64::new(first), AtomicU64::new(0), AtomicU64::new(0));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let agent = ureq::Agent::config_builder()
                    .http_status_as_error(false)
                    .build()
                    .new_agent();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= end {
                        return;
                    }
                    let user = format!("u{number}");
                    let status = issuer
                        .token(&user)
                        .and_then(|token| pull(&agent, envoy.port, &user, &token));
                    match status {
                        Ok(200) => admitted.fetch_add(1, Ordering::Relaxed),
                        Ok(429) => 0,
                        _ => other.fetch_add(1, Ordering::Relaxed),
                    };
                }
            });
        }
        scope.spawn(|| {
            let mut said = Instant::now();
            while next.load(Ordering::Relaxed) < end {
                if said.elapsed() > Duration::from_secs(10) {
                    said = Instant::now();
                    let done = next.load(Ordering::Relaxed);
                    let rate = (done - first) as f64 / start.elapsed().as_secs_f64();
                    let left =
                        Duration::from_secs_f64((end.saturating_sub(done)) as f64 / rate.max(1.0));
                    terminal::step(&format!(
                        "{done} users, {rate:.0} a second, {} to go",
                        terminal::human(left)
                    ));
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        });
    });
    let strange = other.load(Ordering::Relaxed);
    if strange > 0 {
        bail!("{strange} valid users were answered neither 200 nor 429");
    }
    Ok(admitted.load(Ordering::Relaxed))
}

fn pull(agent: &ureq::Agent, port: u16, user: &str, token: &str) -> Result<u16> {
    let mut answer = agent
        .get(format!("http://127.0.0.1:{port}/t/{user}/images/x/pull"))
        .header("authorization", format!("Bearer {token}"))
        .call()?;
    // Read to its end, so that the connection serves the next request.
    answer.body_mut().read_to_vec()?;
    Ok(answer.status().as_u16())
}
