//! `hub filter package`.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::config::Config;
use crate::mesh::entries;
use crate::package::{Description, Image, pruned};
use crate::{build, terminal};

#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The folder to write an OCI image layout to; - writes an archive of it to standard output
    /// [default: .hub/filter-image in the checkout]
    #[arg(long)]
    output: Option<PathBuf>,
    /// For which processors the image is marked. The module is the same for all, but Kubernetes
    /// mounts no image that is marked for others than its node's.
    #[arg(long, default_value = "amd64")]
    architecture: String,
    /// The commit it was built from [default: the checkout's, if nothing in it was changed]
    #[arg(long)]
    revision: Option<String>,
    /// Where the sources are to be had.
    #[arg(long, value_name = "URL")]
    source: Option<String>,
}

/// Builds the filter, and packs it as an OCI image.
///
/// # Errors
/// When it does not compile, or the image cannot be written.
pub fn run(config: &Config, options: &Options) -> Result<()> {
    let module = build::filter(config)?;
    // Nobody knows which commit a finished module is of.
    let is_built = config.wasm_module.is_none();
    let built_of = is_built.then(|| revision(&config.root)).flatten();
    let description = Description {
        architecture: &options.architecture,
        revision: options.revision.as_deref().or(built_of.as_deref()),
        source: options.source.as_deref(),
    };
    let image = image(config, &module, &description)?;
    let folder = options.output.clone();
    let folder = folder.unwrap_or_else(|| config.root.join(".hub/filter-image"));
    if folder == Path::new("-") {
        std::io::stdout()
            .write_all(&image.archive()?)
            .context("cannot write to standard output")?;
        terminal::step(&format!("the filter's image is {}", image.digest));
    } else {
        image.write(&folder)?;
        terminal::step(&format!("the filter's image is in {}", folder.display()));
        terminal::result(&image.digest);
    }
    Ok(())
}

/// Packs a module.
///
/// # Errors
/// When it cannot be read, or lacks what the mesh lets it have.
pub fn image(config: &Config, module: &Path, description: &Description<'_>) -> Result<Image> {
    let bytes =
        std::fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    Image::of(&pruned(&bytes, &callbacks(&config.root)?)?, description)
}

/// The callbacks that the mesh lets the module have.
fn callbacks(root: &Path) -> Result<BTreeSet<String>> {
    let callbacks: BTreeSet<String> = entries::allowed_capabilities(root)?
        .into_iter()
        .filter(|name| name.starts_with("proxy_on_"))
        .collect();
    ensure!(!callbacks.is_empty(), "AllowedCapabilities has no callback");
    Ok(callbacks)
}

/// The commit that a checkout is at, unless something was changed in it since.
fn revision(root: &Path) -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .arg("-C")
            .arg(root)
            .args(arguments)
            .output()
            .ok()?;
        output.status.success().then_some(output.stdout)
    };
    let is_clean = git(&["status", "--porcelain"])?.is_empty();
    let commit = String::from_utf8(git(&["rev-parse", "HEAD"])?).ok()?;
    is_clean.then(|| commit.trim().to_owned())
}
