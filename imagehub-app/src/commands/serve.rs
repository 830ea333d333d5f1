//! `imagehub-app serve`.

use actix_web::web;
use imagehub_app::config::Config;
use imagehub_app::startup;

use super::{say, seed};

/// Serves until told to stop.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let plants = config.seed;
    let state = web::Data::new(startup::prepare(config).await?);
    let (server, addresses) = startup::serve(state.clone())?;
    for address in addresses {
        tracing::info!("serving on http://{address}");
        // For whoever started this with port 0.
        say(&format!("http://{address}"));
    }
    if plants {
        tokio::spawn(seed::beside(state));
    }
    server.await?;
    Ok(())
}
