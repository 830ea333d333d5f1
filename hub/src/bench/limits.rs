//! Memory after a million users.

use anyhow::{Result, bail};
use clap::Args;

use crate::config::Config;

#[derive(Args, Clone, Debug)]
pub struct Options {
    /// How many distinct users.
    #[arg(long, default_value_t = 1_000_000)]
    users: u64,
}

/// Measures.
pub fn run(_config: &Config, options: &Options) -> Result<()> {
    bail!("{} users", options.users)
}
