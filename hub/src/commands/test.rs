//! `hub test`: every test there is, with everything they need.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use super::package;
use crate::config::Config;
use crate::examples::Language;
use crate::package::Description;
use crate::tools::{Tool, Toolbox};
use crate::{build, terminal};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Unit, property, contract and API tests.
    Unit,
    /// The tests in a real mesh and a real browser.
    E2e,
}

#[derive(Args, Debug)]
pub struct Options {
    /// Only this part.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Only tests whose names contain this.
    name: Option<String>,
}

/// Installs what the tests need, builds everything and runs them.
///
/// # Errors
/// When any test fails: all are run first.
pub fn run(config: &Config, options: &Options) -> Result<()> {
    let toolbox = Toolbox::new(config);
    for server in [Tool::Envoy, Tool::Redis, Tool::S3, Tool::Promtool] {
        toolbox.ensure(server)?;
    }
    let end_to_end = options.only != Some(Part::Unit);
    if end_to_end {
        for tool in [
            Tool::Consul,
            Tool::Chromium,
            Tool::Chromedriver,
            Tool::AxeCore,
        ] {
            toolbox.ensure(tool)?;
        }
    }
    let mut broken_modules = Vec::new();
    if end_to_end {
        let trap = build::trap_filter(config)?;
        let racy = build::racy_filter(config)?;
        broken_modules = vec![
            ("IMAGEHUB_TRAP_MODULE", trap),
            ("IMAGEHUB_RACY_MODULE", racy),
        ];
    }
    let module = build::filter(config)?;
    let image = build::target_dir(config)?.join("filter-image");
    package::image(config, &module, &Description::default())?.write(&image)?;
    let run = TestRun {
        config,
        options,
        path: toolbox.search_path()?,
        module: module.into(),
        image: image.into(),
        broken_modules,
        skipped: if options.only == Some(Part::E2e) {
            Vec::new()
        } else {
            examples(config)?
        },
    };
    run.build()?;
    let mut failed = Vec::new();
    if options.only != Some(Part::E2e) && run.unit().is_err() {
        failed.push("unit");
    }
    if end_to_end && run.e2e().is_err() {
        failed.push("e2e");
    }
    if !failed.is_empty() {
        bail!("tests failed: {}", failed.join(", "));
    }
    terminal::step("all tests passed");
    Ok(())
}

struct TestRun<'a> {
    config: &'a Config,
    options: &'a Options,
    path: OsString,
    module: OsString,
    image: OsString,
    /// Filters that are broken on purpose, by the variables that name them.
    broken_modules: Vec<(&'static str, PathBuf)>,
    /// Tests whose names contain one of these are not run.
    skipped: Vec<String>,
}

/// Builds the example filters; returns the tests of those that cannot be built here.
fn examples(config: &Config) -> Result<Vec<String>> {
    let mut skipped = Vec::new();
    for language in Language::ALL {
        if let Some(lacking) = language.lacks() {
            let name = language.name();
            terminal::step(&format!(
                "the example filter in {name} is not tested: {lacking}"
            ));
            skipped.push(format!("the_example_in_{}", name.to_lowercase()));
        } else {
            language.build(config)?;
        }
    }
    Ok(skipped)
}

impl TestRun<'_> {
    /// cargo on all packages at once, also where one needs fewer: each selection would give the
    /// crates they share other features, and compile them again.
    fn cargo(&self, command: &str) -> Command {
        let mut cargo = build::cargo(self.config);
        cargo
            .env("PATH", &self.path)
            .env("IMAGEHUB_FILTER_WASM", &self.module)
            .env("IMAGEHUB_FILTER_IMAGE", &self.image)
            .arg(command);
        for package in [
            "imagehub-policy",
            "imagehub-filter",
            "imagehub-module",
            "imagehub-app",
            "hub",
            "e2e",
        ] {
            cargo.args(["--package", package]);
        }
        cargo.args(["--features", "imagehub-module/test-clock"]);
        cargo
    }

    /// The programs and the tests. `hub` is among them, because its own tests have cargo build it
    /// again: the file that now runs is gone then, and its path leads to the new one.
    fn build(&self) -> Result<()> {
        terminal::step("building the tests, about 15 minutes the first time on two idle cores");
        let mut cargo = self.cargo("build");
        cargo.args(["--bin", "imagehub-app", "--bin", "e2e", "--bin", "hub"]);
        if self.options.only != Some(Part::E2e) {
            cargo.arg("--tests");
        }
        build::run(&mut cargo, "the tests")
    }

    fn unit(&self) -> Result<()> {
        terminal::step("unit, property, contract and API tests");
        let mut cargo = self.cargo("test");
        cargo.arg("--no-fail-fast").arg("--");
        for name in &self.skipped {
            cargo.args(["--skip", name]);
        }
        cargo.args(&self.options.name);
        build::run(&mut cargo, "the tests")
    }

    /// The program that runs them starts its meshes by the `hub` that was built beside it: no mesh
    /// may wait for a compiler.
    fn e2e(&self) -> Result<()> {
        terminal::step("tests in a real mesh and a real browser");
        let programs = build::target_dir(self.config)?.join("debug");
        let app = self.config.app_program.clone();
        let mut e2e = Command::new(programs.join("e2e"));
        e2e.current_dir(&self.config.root)
            .env("PATH", &self.path)
            .env("IMAGEHUB_HUB", programs.join("hub"))
            .env(
                "IMAGEHUB_APP_PROGRAM",
                app.unwrap_or_else(|| programs.join("imagehub-app")),
            )
            .env("IMAGEHUB_WASM_MODULE", &self.module)
            .envs(
                self.broken_modules
                    .iter()
                    .map(|(name, module)| (name, module)),
            )
            .args(&self.options.name);
        build::run(&mut e2e, "the end-to-end tests")
    }
}
