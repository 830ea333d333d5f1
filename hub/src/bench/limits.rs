//! `hub bench limits`: memory after a million users, and exactness.

use anyhow::{Context as _, Result, bail};
use clap::Args;
use imagehub_policy::{LimitTable, Policy, SET_BYTES};

use super::clients::{self, PullLimit};
use super::envoy::{Envoy, Setup};
use super::users::Issuer;
use super::wasm;
use crate::config::Config;
use crate::instance::hub_dir;
use crate::mesh::filter_module;
use crate::tools::{Tool, Toolbox};
use crate::{build, terminal};

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
    let folder = hub_dir(&config.root).join("bench");
    let module = filter_module::install(&module, &folder)?;
    let issuer = Issuer::new()?;
    let shipped = std::fs::read_to_string(config.root.join("consul/policy.json"))
        .context("cannot read consul/policy.json")?;
    let policy = issuer.trusted_by(&shipped)?;
    let slots = match Policy::parse(policy.as_bytes()) {
        Ok(parsed) => parsed.limit_slots(),
        Err(error) => bail!("the policy for the measurement is refused: {error}"),
    };
    let limit = PullLimit::in_policy(&shipped)?;
    let filters = wasm::filters(config, &module, &policy)?;
    let start = |workers| {
        let setup = Setup {
            program: &program,
            folder: &folder,
            workers,
            core: None,
            modules: None,
        };
        Envoy::start(&setup, &filters)
    };
    for workers in [2, 4] {
        exactness(&start(workers)?, &issuer, workers, limit)?;
    }
    memory(&start(options.workers)?, &issuer, options, slots)
}

/// 64 clients of one user at once, as that user's first requests ever.
fn exactness(envoy: &Envoy, issuer: &Issuer, workers: u16, limit: PullLimit) -> Result<()> {
    let burst = clients::burst(&pull_url(envoy, "exact"), &issuer.token("exact")?);
    let (least, most) = (limit.count, limit.most_in(burst.elapsed));
    terminal::result(&format!(
        "{workers} workers, {} clients, {} requests in {:.2} s: {} admitted, guarantee {least} to {most}",
        clients::TOGETHER,
        burst.sent,
        burst.elapsed.as_secs_f64(),
        burst.admitted
    ));
    if !(least..=most).contains(&burst.admitted) {
        bail!("the guarantee is broken");
    }
    Ok(())
}

fn pull_url(envoy: &Envoy, user: &str) -> String {
    envoy.url(&format!("/t/{user}/images/x/pull"))
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
    let first_pull = |number| {
        let user = format!("u{number}");
        Ok((pull_url(envoy, &user), issuer.token(&user)?))
    };
    clients::each_once(0..warm_up, first_pull)?;
    report(&format!("after {warm_up} users"))?;
    let admitted = clients::each_once(warm_up..options.users, first_pull)?;
    report(&format!("after {} users", options.users))?;
    let sent = options.users - warm_up;
    terminal::result(&format!("{admitted} of {sent} first requests admitted"));
    Ok(())
}
