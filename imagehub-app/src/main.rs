//! The application's process: settings, logs, and serving until it is told to stop.

use clap::Parser as _;
use imagehub_app::config::{Config, LogFormat};
use imagehub_app::startup;
use tracing_subscriber::EnvFilter;

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::parse();
    let filter = EnvFilter::try_new(&config.log)?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().init(),
    }
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
