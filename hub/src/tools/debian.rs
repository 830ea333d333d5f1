//! Recipes for programs that come from the distribution.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::Toolbox;
use super::install::watched;
use crate::process::spawn::is_root;

/// `redis-server` is `redis-check-rdb` under another name, and the package that has the latter
/// starts no daemon that would take the port.
pub fn redis(toolbox: &Toolbox<'_>) -> Result<()> {
    install(toolbox, "redis-tools", &["redis-tools"])?;
    let link = toolbox.bin().join("redis-server");
    let _ = fs::remove_file(&link);
    std::os::unix::fs::symlink(Path::new("/usr/bin/redis-check-rdb"), &link)
        .with_context(|| format!("cannot make {}", link.display()))
}

pub fn chromium(toolbox: &Toolbox<'_>) -> Result<()> {
    install(toolbox, "chromium", &["chromium"])
}

pub fn chromedriver(toolbox: &Toolbox<'_>) -> Result<()> {
    install(toolbox, "chromium-driver", &["chromium-driver"])
}

/// Installs packages with apt-get.
///
/// # Errors
/// When this is no Debian, or not root, or apt-get fails.
pub fn install(toolbox: &Toolbox<'_>, name: &str, packages: &[&str]) -> Result<()> {
    if !is_root() {
        bail!("only root can run `apt-get install {}`", packages.join(" "));
    }
    refresh_lists(toolbox)?;
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive")
        .args(["install", "--yes", "--no-install-recommends"])
        .args(packages);
    watched(toolbox, name, &mut apt)
}

/// Fetches the package lists, which fresh machines and containers lack.
///
/// # Errors
/// When apt-get cannot.
pub fn refresh_lists(toolbox: &Toolbox<'_>) -> Result<()> {
    let mut apt = Command::new("apt-get");
    apt.args(["update", "--quiet"]);
    watched(toolbox, "apt-update", &mut apt)
}
