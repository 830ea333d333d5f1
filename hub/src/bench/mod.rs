//! `hub bench`: measurements, side by side in one run, never as a test.

mod account;
mod app;
mod clients;
mod envoy;
pub mod filter;
mod limits;
mod users;
mod wasm;

use anyhow::Result;
use clap::Subcommand;

use crate::config::Config;

/// What can be measured.
#[derive(Subcommand, Clone, Debug)]
pub enum What {
    /// Sends distinct users through the limiter, and shows that its memory stays where it was.
    Limits(limits::Options),
    /// The application beside libvips, nginx and plain actix-web, in one run.
    App(app::Options),
    /// The filter beside everything else that could do its job in Envoy, in one run.
    Filter(filter::Options),
    /// What one crash of each kind of filter ends: a part of `filter --only conduct`, in seconds.
    Crash,
}

/// Measures.
///
/// # Errors
/// When what is measured cannot be set up.
pub fn run(config: &Config, what: &What) -> Result<()> {
    match what {
        What::Limits(options) => limits::run(config, options),
        What::App(options) => app::run(config, options),
        What::Filter(options) => filter::run(config, options),
        What::Crash => filter::crashes(config),
    }
}
