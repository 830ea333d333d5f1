//! What is measured, measured against and measured with.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::build;
use crate::config::Config;
use crate::tools::{Tool, Toolbox};

/// All programs, built or installed.
pub struct Programs {
    pub app: PathBuf,
    /// The application's example `bench`.
    pub helper: PathBuf,
    pub vips: PathBuf,
    pub nginx: PathBuf,
    pub wrk: PathBuf,
    pub redis: PathBuf,
    /// Where files of the measurement go.
    pub folder: PathBuf,
    /// The shipped policy.
    pub policy: PathBuf,
}

impl Programs {
    pub fn get(config: &Config, folder: PathBuf) -> Result<Self> {
        let toolbox = Toolbox::new(config);
        let vips = toolbox.ensure(Tool::Vips)?;
        let nginx = toolbox.ensure(Tool::Nginx)?;
        let wrk = toolbox.ensure(Tool::Wrk)?;
        let redis = toolbox.ensure(Tool::Redis)?;
        let release = build::released_app(config)?;
        Ok(Self {
            app: config
                .app_program
                .clone()
                .unwrap_or_else(|| release.join("imagehub-app")),
            helper: release.join("examples/bench"),
            vips,
            nginx,
            wrk,
            redis,
            folder,
            policy: config.root.join("consul/policy.json"),
        })
    }
}

/// Runs a command of the measurement to its end.
///
/// # Errors
/// When it cannot be started or fails.
pub fn run(command: &mut Command, what: &str) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot run {command:?}"))?;
    ensure!(status.success(), "{what}: {command:?} failed ({status})");
    Ok(())
}
