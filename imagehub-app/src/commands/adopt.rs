//! `imagehub-app adopt`.

use imagehub_app::bond;
use imagehub_app::config::Config;
use imagehub_app::stores;

use super::say;

/// Makes catalogue and pictures belong together.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let (catalogue, blobs) = stores::open_existing(&config).await?;
    bond::tie(catalogue.as_ref(), &blobs).await?;
    say("The catalogue and the pictures belong together now.");
    Ok(())
}
