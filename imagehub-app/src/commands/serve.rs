//! `imagehub-app serve`.

use imagehub_app::config::Config;
use imagehub_app::startup;

/// Serves until told to stop.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let (server, addresses) = startup::serve(startup::prepare(config).await?)?;
    for address in addresses {
        tracing::info!("serving on http://{address}");
        announce(&format!("http://{address}"));
    }
    server.await?;
    Ok(())
}

/// The address on standard output, for whoever started this with port 0.
fn announce(url: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{url}").and_then(|()| out.flush());
}
