//! `imagehub-app serve`.

use std::time::Duration;

use actix_web::web;
use imagehub_app::config::Config;
use imagehub_app::state::State;
use imagehub_app::{allocator, app};

use super::{report, seed};

/// How long the catalogue may take to answer before it serves without: in a mesh it is reached by
/// what this process's own answers bring up.
const CATALOGUE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long until a catalogue that was away is asked again.
const CATALOGUE_RETRY: Duration = Duration::from_secs(1);

/// Serves until told to stop.
pub async fn run(config: Config) -> anyhow::Result<()> {
    allocator::keep_little();
    let state = web::Data::new(app::prepare(config).await?);
    // What fails now is tried again by whoever needs it.
    let _ = tokio::time::timeout(CATALOGUE_TIMEOUT, state.blobs()).await;
    let (server, places) = app::serve(state.clone())?;
    for place in places {
        tracing::info!("serving on {place}");
        // For whoever started this with port 0.
        report(&place.to_string());
    }
    if state.config.seed {
        tokio::task::spawn_local(seed_when_possible(state));
    }
    Ok(server.await?)
}

/// At once when the catalogue is there: people who come first would be in the way.
async fn seed_when_possible(state: web::Data<State>) {
    while state.blobs().await.is_err() {
        tokio::time::sleep(CATALOGUE_RETRY).await;
    }
    seed::beside(&state).await;
}
