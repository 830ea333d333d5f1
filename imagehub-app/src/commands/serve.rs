//! `imagehub-app serve`.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::web;
use imagehub_app::allocator;
use imagehub_app::bond::BondError;
use imagehub_app::config::Config;
use imagehub_app::startup;
use imagehub_app::state::State;

use super::{say, seed};

/// How long the stores may take to say that they belong together before it serves without having
/// heard it: in a mesh it is reached by what its own answers bring up.
const PATIENCE: Duration = Duration::from_secs(2);

/// Serves until told to stop.
pub async fn run(config: Config) -> anyhow::Result<()> {
    allocator::keep_little();
    let state = web::Data::new(startup::prepare(config).await?);
    let settled = state.bond.settle(state.catalogue.as_ref(), &state.blobs);
    match tokio::time::timeout(PATIENCE, settled).await {
        Ok(Err(error)) if error.is_final() => return Err(error.into()),
        _ => {}
    }
    let (server, places) = startup::serve(state.clone())?;
    for place in places {
        tracing::info!("serving on {place}");
        // For whoever started this with port 0.
        say(&place.to_string());
    }
    tokio::select! {
        ended = server => Ok(ended?),
        Err(refused) = settle_and_plant(state) => Err(refused.into()),
    }
}

/// Ends only if the stores turn out not to belong together.
async fn settle_and_plant(state: web::Data<State>) -> Result<Infallible, BondError> {
    let catalogue = state.catalogue.as_ref();
    let settled = state.bond.settle_when_possible(catalogue, &state.blobs);
    settled.await?;
    if state.config.seed {
        seed::beside(&state).await;
    }
    Ok(std::future::pending().await)
}
