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
        let seeding = async |state: web::Data<State>| seed::beside(&state).await;
        tokio::task::spawn_local(seeding(state));
    }
    Ok(server.await?)
}
