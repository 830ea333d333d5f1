//! Building what a mesh runs, with the one profile that tests and runs share.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::config::Config;
use crate::progress;
use crate::terminal;
use crate::tools::{Toolbox, wasm};

/// What building the application is, and how long it takes.
pub const APP: &str = "building the application, about 7 minutes the first time on two idle cores";

/// Whether [`app`] has something to go on from.
pub fn is_app_built(config: &Config) -> bool {
    config.app_program.is_some()
        || target_dir(config).is_ok_and(|folder| folder.join("debug/imagehub-app").exists())
}

/// Builds the application, unless a finished one is given, and returns its program.
///
/// # Errors
/// When it does not compile; cargo has said why.
pub fn app(config: &Config) -> Result<PathBuf> {
    if let Some(program) = &config.app_program {
        return Ok(program.clone());
    }
    terminal::step(APP);
    let mut cargo = cargo(config);
    cargo.args(["build", "--package", "imagehub-app"]);
    run(&mut cargo, "the application")?;
    Ok(target_dir(config)?.join("debug/imagehub-app"))
}

/// Builds the application and its measuring example for release; returns the folder they are in.
///
/// # Errors
/// When they do not compile.
pub fn released_app(config: &Config) -> Result<PathBuf> {
    terminal::step("building the application for release (about 20 minutes the first time)");
    let mut cargo = cargo(config);
    cargo.args(["build", "--release", "--package", "imagehub-app", "--bins"]);
    cargo.args(["--example", "bench"]);
    run(&mut cargo, "the application")?;
    Ok(target_dir(config)?.join("release"))
}

/// Builds the filter, unless a finished module is given, and returns its module.
///
/// # Errors
/// When it does not compile.
pub fn filter(config: &Config) -> Result<PathBuf> {
    if let Some(module) = &config.wasm_module {
        return Ok(module.clone());
    }
    filter_with(config, &[])
}

/// Builds a filter that ends when a request asks for it (`x-imagehub-trap`), for tests and labs,
/// unless a finished module is given; returns its module. To be called before [`filter`], whose
/// module is built at the same place.
///
/// # Errors
/// When it does not compile.
pub fn trap_filter(config: &Config) -> Result<PathBuf> {
    if let Some(module) = &config.trap_module {
        return Ok(module.clone());
    }
    let module = filter_with(config, &["--features", "test-trap"])?;
    let kept = module.with_file_name("imagehub_filter_trap.wasm");
    std::fs::copy(&module, &kept).with_context(|| format!("cannot write {}", kept.display()))?;
    Ok(kept)
}

fn filter_with(config: &Config, options: &[&str]) -> Result<PathBuf> {
    let toolchain = wasm::ensure(&Toolbox::new(config))?;
    terminal::step("building the filter (half a minute the first time)");
    let mut cargo = toolchain.command();
    for name in &config.own_package {
        cargo.env_remove(name);
    }
    cargo.current_dir(&config.root).args([
        "build",
        "--profile",
        "filter",
        "--target",
        "wasm32-unknown-unknown",
        "--package",
        "imagehub-filter",
    ]);
    cargo.args(options);
    run(&mut cargo, "the filter")?;
    Ok(target_dir(config)?.join("wasm32-unknown-unknown/filter/imagehub_filter.wasm"))
}

/// Builds a filter that counts without a compare-and-set, for a lab, unless a finished module is
/// given; returns its module.
///
/// # Errors
/// When it does not compile.
pub fn racy_filter(config: &Config) -> Result<PathBuf> {
    if let Some(module) = &config.racy_module {
        return Ok(module.clone());
    }
    let package = config.root.join("examples/filters/racy");
    package_filter(config, &package, &target_dir(config)?.join("racy"))
}

/// Builds a filter that is a package of its own; returns its module.
///
/// # Errors
/// When it does not compile, or is no library of type `cdylib`.
pub fn package_filter(config: &Config, package: &Path, target: &Path) -> Result<PathBuf> {
    let toolchain = wasm::ensure(&Toolbox::new(config))?;
    let name = package.display().to_string();
    terminal::step(&format!("building {name} (some seconds the first time)"));
    let mut cargo = toolchain.command();
    for name in &config.own_package {
        cargo.env_remove(name);
    }
    cargo
        .current_dir(package)
        .env("CARGO_TARGET_DIR", target)
        .args(["build", "--release", "--locked"])
        .args(["--target", "wasm32-unknown-unknown"]);
    run(&mut cargo, &name)?;
    let built = target.join("wasm32-unknown-unknown/release");
    std::fs::read_dir(&built)?
        .filter_map(|file| Some(file.ok()?.path()))
        .find(|file| {
            file.extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .with_context(|| format!("{name} makes no module: its crate-type is to be cdylib"))
}

/// Builds the dynamic module, unless a finished one is given; returns its file.
///
/// # Errors
/// When it does not compile.
pub fn module(config: &Config) -> Result<PathBuf> {
    if let Some(module) = &config.dynamic_module {
        return Ok(module.clone());
    }
    terminal::step("building the dynamic module (about a minute the first time)");
    let mut cargo = cargo(config);
    cargo.args([
        "build",
        "--profile",
        "module",
        "--package",
        "imagehub-module",
    ]);
    run(&mut cargo, "the dynamic module")?;
    Ok(target_dir(config)?.join("module/libimagehub_module.so"))
}

/// cargo in the checkout, without what the cargo that runs this tool told about this tool.
pub fn cargo(config: &Config) -> Command {
    let mut cargo = Command::new(&config.cargo);
    cargo.current_dir(&config.root);
    for name in &config.own_package {
        cargo.env_remove(name);
    }
    cargo
}

/// Runs cargo, whose output the user sees.
///
/// # Errors
/// When it cannot be started or fails.
pub fn run(command: &mut Command, what: &str) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = progress::run(command)
        .with_context(|| format!("cannot run {program} to build {what}: install Rust"))?;
    if !status.success() {
        bail!("{what}: {program} failed ({status})");
    }
    Ok(())
}

/// Where cargo puts what it builds.
///
/// # Errors
/// When cargo does not say.
pub fn target_dir(config: &Config) -> Result<PathBuf> {
    if let Some(folder) = &config.cargo_target_dir {
        return Ok(config.root.join(folder));
    }
    let output = cargo(config)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("cannot run cargo: install Rust")?;
    serde_json::from_slice::<Value>(&output.stdout)
        .ok()
        .as_ref()
        .and_then(|metadata| metadata.get("target_directory"))
        .and_then(Value::as_str)
        .map(|folder| Path::new(folder).to_path_buf())
        .context("cargo metadata names no target directory")
}
