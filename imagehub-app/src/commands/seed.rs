//! `imagehub-app seed`, and seeding at the start of `serve`.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use imagehub_app::app;
use imagehub_app::config::Config;
use imagehub_app::seed::log_ins::{self, LogIn};
use imagehub_app::seed::{SeedError, Seeded, Where, seed};
use imagehub_app::state::State;

use super::report;

/// How long until seeding goes on after something was in its way.
const AGAIN: Duration = Duration::from_secs(10);

/// Seeds people and pictures, and prints how to log in.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let state = app::prepare(config).await?;
    seed_and_report(&state, Where::Any).await.context("seed")
}

/// The same beside a server that has just started, where nobody is yet: not among people who were
/// brought here. What fails for a while is gone on with.
pub async fn beside(state: &State) {
    while let Err(error) = seed_and_report(state, Where::Empty).await {
        if !error.may_pass() {
            tracing::warn!(%error, "nothing was seeded");
            return;
        }
        tracing::warn!(%error, "not everything is seeded yet");
        tokio::time::sleep(AGAIN).await;
    }
}

async fn seed_and_report(state: &State, place: Where) -> Result<(), SeedError> {
    let file = log_ins::file(&state.config.data);
    match seed(state, place, |log_ins| report_log_ins(log_ins, &file)).await? {
        Seeded::Now => report("The pictures are there."),
        Seeded::Before => report("The people and pictures to try things on are there already."),
        Seeded::Inhabited => report("There are people already: nobody is seeded among them."),
    }
    Ok(())
}

/// The log-ins as a table, on standard output and never in the log.
fn report_log_ins(log_ins: &[LogIn], file: &Path) {
    report("People to try things on:");
    report(&format!("  {:<8} {:<21} is", "user", "password"));
    for LogIn {
        user,
        password,
        places,
    } in log_ins
    {
        report(&format!("  {user:<8} {password:<21} {places}"));
    }
    report(&format!("  As long as they are so: {}", file.display()));
}
