//! `imagehub-app seed`, and seeding at the start of `serve`.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use imagehub_app::app;
use imagehub_app::config::Config;
use imagehub_app::seed::log_ins::{self, LogIn};
use imagehub_app::seed::{Ground, Planted, SeedError, plant};
use imagehub_app::state::State;

use super::say;

/// How long until planting goes on after something was in its way.
const AGAIN: Duration = Duration::from_secs(10);

/// Plants people and pictures, and prints how to log in.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let state = app::prepare(config).await?;
    plant_and_tell(&state, Ground::Any).await.context("seed")
}

/// The same beside a server that has just started, where nobody is yet: not among people who were
/// brought here. What fails for a while is gone on with.
pub async fn beside(state: &State) {
    while let Err(error) = plant_and_tell(state, Ground::Empty).await {
        if !error.may_pass() {
            tracing::warn!(%error, "nothing was planted");
            return;
        }
        tracing::warn!(%error, "not everything is planted yet");
        tokio::time::sleep(AGAIN).await;
    }
}

async fn plant_and_tell(state: &State, ground: Ground) -> Result<(), SeedError> {
    let file = log_ins::file(&state.config.data);
    match plant(state, ground, |log_ins| tell(log_ins, &file)).await? {
        Planted::Now => say("The pictures are there."),
        Planted::Before => say("The people and pictures to try things on are there already."),
        Planted::Inhabited => say("There are people already: nobody is planted among them."),
    }
    Ok(())
}

/// The log-ins as a table, on standard output and never in the log.
fn tell(log_ins: &[LogIn], file: &Path) {
    say("People to try things on:");
    say(&format!("  {:<8} {:<21} is", "user", "password"));
    for LogIn {
        user,
        password,
        places,
    } in log_ins
    {
        say(&format!("  {user:<8} {password:<21} {places}"));
    }
    say(&format!("  As long as they are so: {}", file.display()));
}
