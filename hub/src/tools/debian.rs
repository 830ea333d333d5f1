//! Recipes for programs that come from the distribution.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::Toolbox;
use super::install::{only_file, watched};
use crate::process::spawn::is_root;
use crate::terminal;

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

pub fn vips(toolbox: &Toolbox<'_>) -> Result<()> {
    install(toolbox, "libvips-tools", &["libvips-tools"])
}

pub fn wrk(toolbox: &Toolbox<'_>) -> Result<()> {
    install(toolbox, "wrk", &["wrk"])
}

/// Installed, it would start serving on port 80.
pub fn nginx(toolbox: &Toolbox<'_>) -> Result<()> {
    take_out(toolbox, "nginx", "usr/sbin/nginx")
}

/// Installed, Prometheus would start as well.
pub fn promtool(toolbox: &Toolbox<'_>) -> Result<()> {
    take_out(toolbox, "prometheus", "usr/bin/promtool")
}

/// Takes one program out of a package, which is not installed.
fn take_out(toolbox: &Toolbox<'_>, package: &str, program: &str) -> Result<()> {
    refresh_lists(toolbox)?;
    let folder = toolbox.fresh_folder(&format!("{package}-package"))?;
    let mut download = Command::new("apt-get");
    download.current_dir(&folder).args(["download", package]);
    watched(toolbox, package, &mut download)?;
    let file = only_file(&folder, "deb").context("apt-get downloaded no package")?;
    let mut dpkg = Command::new("dpkg");
    dpkg.arg("-x").arg(file).arg(&folder);
    watched(toolbox, &format!("{package}-unpack"), &mut dpkg)?;
    let name = Path::new(program).file_name().context("a program")?;
    fs::rename(folder.join(program), toolbox.bin().join(name))
        .with_context(|| format!("cannot put {program} in its place"))?;
    fs::remove_dir_all(&folder).context("cannot clean up")
}

/// Installs packages with apt-get.
///
/// # Errors
/// When this is no Debian, or not root, or apt-get fails.
pub fn install(toolbox: &Toolbox<'_>, name: &str, packages: &[&str]) -> Result<()> {
    if !is_root() {
        bail!("only root can run `apt-get install {}`", packages.join(" "));
    }
    terminal::step(&format!("  by apt-get install {}", packages.join(" ")));
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
