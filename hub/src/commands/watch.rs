//! `hub watch`: the watch over the filter where compose runs the mesh.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};

use crate::config::Config;
use crate::mesh::Mesh;
use crate::ports::{DEFAULT_EDGE, Ports};
use crate::watch::{self, Log};

/// Watches until it is ended.
///
/// # Errors
/// When the address of its metrics cannot be had.
pub fn run(config: &Config) -> Result<()> {
    let mesh = Mesh::find(config, DEFAULT_EDGE)?;
    let ports = Ports::documented(DEFAULT_EDGE).context("the default instance has its ports")?;
    let metrics = SocketAddr::from((Ipv4Addr::UNSPECIFIED, ports.watch_metrics));
    watch::run(&mesh, metrics, Log::to_standard_error())
}
