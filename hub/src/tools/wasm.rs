//! A cargo that compiles for wasm32-unknown-unknown: the machine's own where its toolchain has the
//! target or rustup can add it, else one made of Debian's packages. It is called by its path, so
//! that nothing is registered with rustup and several checkouts do not meet.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::install::watched;
use super::{Toolbox, debian};
use crate::terminal;

const TARGET: &str = "wasm32-unknown-unknown";
const BY_HAND: &str = "no standard library for wasm32-unknown-unknown: \
    install Rust by rustup and run `rustup target add wasm32-unknown-unknown`";
/// Debian's Rust with sources, and what its programs link to.
const PACKAGES: [&str; 5] = [
    "rustc-web",
    "cargo-web",
    "libstd-rust-web-dev",
    "libstd-rust-web-1.96",
    "rust-web-src",
];
const LIBRARIES: [&str; 3] = ["libllvm22", "libgit2-1.5", "libssh2-1"];

/// A way to compile the filter.
pub enum WasmCargo {
    /// The machine's own toolchain.
    Own(PathBuf),
    /// The one unpacked under this folder.
    Unpacked(PathBuf),
}

impl WasmCargo {
    /// A `cargo` command of this toolchain.
    pub fn command(&self) -> Command {
        match self {
            Self::Own(cargo) => Command::new(cargo),
            Self::Unpacked(root) => {
                let usr = root.join("usr");
                let mut command = Command::new(usr.join("bin/cargo"));
                command
                    .env("RUSTC", usr.join("bin/rustc"))
                    .env("LD_LIBRARY_PATH", usr.join("lib"))
                    .env_remove("RUSTC_WRAPPER")
                    .env_remove("RUSTDOC")
                    .env_remove("RUSTUP_TOOLCHAIN");
                command
            }
        }
    }
}

/// Finds or makes a toolchain for the filter.
///
/// # Errors
/// Names the command that failed and what to install by hand.
pub fn ensure(toolbox: &Toolbox<'_>) -> Result<WasmCargo> {
    if let Some(found) = find(toolbox) {
        return Ok(found);
    }
    let _lock = toolbox.lock()?;
    if let Some(found) = find(toolbox) {
        return Ok(found);
    }
    terminal::step("adding the WebAssembly target by rustup");
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]);
    match watched(toolbox, "rustup", &mut rustup) {
        Ok(()) if own_has_target() => return Ok(WasmCargo::Own(toolbox.config.cargo.clone())),
        Ok(()) => terminal::step("  rustup added it to another toolchain than this one"),
        Err(error) => terminal::step(&format!("  {error}")),
    }
    terminal::step("making a WebAssembly toolchain of Debian's packages, about 70 seconds");
    unpack(toolbox, &root(toolbox)).context(BY_HAND)?;
    find(toolbox).context(BY_HAND)
}

/// The toolchain, if it is there already.
pub fn find(toolbox: &Toolbox<'_>) -> Option<WasmCargo> {
    if own_has_target() {
        return Some(WasmCargo::Own(toolbox.config.cargo.clone()));
    }
    let root = root(toolbox);
    finished(&root)
        .exists()
        .then_some(WasmCargo::Unpacked(root))
}

fn root(toolbox: &Toolbox<'_>) -> PathBuf {
    toolbox.dir.join("wasm-toolchain")
}

fn finished(root: &Path) -> PathBuf {
    root.join("finished")
}

fn own_has_target() -> bool {
    Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .is_ok_and(|output| {
            let folder = String::from_utf8_lossy(&output.stdout);
            output.status.success()
                && fs::read_dir(folder.trim()).is_ok_and(|mut files| files.next().is_some())
        })
}

fn unpack(toolbox: &Toolbox<'_>, root: &Path) -> Result<()> {
    if root.exists() {
        fs::remove_dir_all(root)?;
    }
    let packages = root.join("packages");
    fs::create_dir_all(&packages).with_context(|| format!("cannot make {}", packages.display()))?;
    // Not only the download needs root: its libraries must match those of the compiler.
    debian::install(toolbox, "wasm-libraries", &LIBRARIES)?;
    let mut download = Command::new("apt-get");
    download
        .current_dir(&packages)
        .arg("download")
        .args(PACKAGES);
    watched(toolbox, "wasm-download", &mut download)?;
    for package in fs::read_dir(&packages)?.flatten() {
        let mut dpkg = Command::new("dpkg");
        dpkg.arg("-x").arg(package.path()).arg(root);
        watched(toolbox, "wasm-unpack", &mut dpkg)?;
    }
    fs::remove_dir_all(&packages)?;
    link_compiler(root)?;
    link_linker(root)?;
    build_standard_library(toolbox, root)?;
    fs::write(finished(root), "").context("cannot write")
}

/// rustc finds its standard library by where its own library lies.
fn link_compiler(root: &Path) -> Result<()> {
    let libraries = root
        .join("usr/lib")
        .join(format!("{}-linux-gnu", std::env::consts::ARCH));
    for entry in fs::read_dir(&libraries)
        .with_context(|| format!("cannot read {}", libraries.display()))?
        .flatten()
    {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("librustc_driver") {
            symlink(entry.path(), root.join("usr/lib").join(name))?;
        }
    }
    Ok(())
}

/// Debian's packages leave out the linker for WebAssembly; the machine's own toolchain has it.
fn link_linker(root: &Path) -> Result<()> {
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let place = format!("lib/rustlib/{host}/bin");
    let output = Command::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .context("cannot run rustc")?;
    let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let linker = Path::new(&sysroot).join(&place).join("rust-lld");
    if !linker.exists() {
        bail!("there is no rust-lld in {sysroot}");
    }
    let folder = root.join("usr").join(&place);
    fs::create_dir_all(&folder)?;
    symlink(linker, folder.join("rust-lld")).context("cannot link rust-lld")
}

/// Compiles the standard library from Debian's sources and puts it where rustc looks.
fn build_standard_library(toolbox: &Toolbox<'_>, root: &Path) -> Result<()> {
    const EMPTY: &str = "hub_empty";
    let project = root.join("standard-library");
    fs::create_dir_all(project.join("src"))?;
    // A workspace of its own: it lies inside this one's folder.
    let manifest = format!(
        "[package]\nname = \"{EMPTY}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n"
    );
    fs::write(project.join("Cargo.toml"), manifest)?;
    fs::write(project.join("src/lib.rs"), "#![no_std]\n")?;
    let mut cargo = WasmCargo::Unpacked(root.to_path_buf()).command();
    cargo
        .current_dir(&project)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-C embed-bitcode=yes")
        .env("CARGO_TARGET_DIR", project.join("target"))
        .args([
            "build",
            "--release",
            "-Zbuild-std=std,panic_abort,panic_unwind",
            "--target",
            TARGET,
        ]);
    watched(toolbox, "wasm-std", &mut cargo)?;
    let built = project.join("target").join(TARGET).join("release/deps");
    let place = root.join("usr/lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&place)?;
    for library in fs::read_dir(&built)?.flatten() {
        let name = library.file_name();
        let text = name.to_string_lossy();
        if text.ends_with(".rlib") && !text.contains(EMPTY) {
            fs::copy(library.path(), place.join(&name))?;
        }
    }
    fs::remove_dir_all(&project).context("cannot clean up")
}
