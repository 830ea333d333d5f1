//! `imagehub-app seed`, and seeding at the start of `serve`.

use std::time::Duration;

use anyhow::Context as _;
use imagehub_app::config::Config;
use imagehub_app::seed::{LogIn, Planted, plant};
use imagehub_app::startup;
use imagehub_app::state::State;

use super::say;

/// Plants people and pictures, and prints how to log in.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let state = startup::prepare(config).await?;
    plant_and_tell(&state).await
}

/// The same beside a server that has just started, once its catalogue answers.
pub async fn beside(state: actix_web::web::Data<State>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    loop {
        ticks.tick().await;
        if state.catalogue.ping().await.is_ok() {
            break;
        }
    }
    if let Err(error) = plant_and_tell(&state).await {
        tracing::warn!("nothing was planted: {error:#}");
    }
}

async fn plant_and_tell(state: &State) -> anyhow::Result<()> {
    match plant(state, tell).await.context("seed")? {
        Planted::Now => say("The pictures are there."),
        Planted::Before => say("The people and pictures to try things on are there already."),
    }
    Ok(())
}

/// The log-ins as a table, on standard output and never in the log.
fn tell(log_ins: &[LogIn]) {
    say("People to try things on; their passwords are shown only now:");
    say(&format!("  {:<8} {:<21} is", "user", "password"));
    for LogIn {
        name,
        password,
        places,
    } in log_ins
    {
        say(&format!("  {name:<8} {password:<21} {places}"));
    }
}
