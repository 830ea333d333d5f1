//! The example filters: the same small one in three languages.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::config::Config;
use crate::tools::{Toolbox, wasm};
use crate::{build, terminal};

const TARGET: &str = "wasm32-unknown-unknown";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Rust,
    Go,
    AssemblyScript,
}

/// A program that a language is built by, how it tells its version, and the oldest that does.
type Needed = (&'static str, &'static str, &'static [u32]);

impl Language {
    pub const ALL: [Self; 3] = [Self::Rust, Self::Go, Self::AssemblyScript];

    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Go => "Go",
            Self::AssemblyScript => "AssemblyScript",
        }
    }

    fn needs(self) -> &'static [Needed] {
        match self {
            Self::Rust => &[],
            Self::Go => &[("go", "env GOVERSION", &[1, 24])],
            Self::AssemblyScript => &[("node", "--version", &[20]), ("npm", "--version", &[10])],
        }
    }

    /// What has to be installed first, in words. Rust is what builds this tool.
    pub fn lacks(self) -> Option<String> {
        let lacking = |needed: &&Needed| {
            let (program, argument, least) = **needed;
            version(program, argument).is_none_or(|found| found.as_slice() < least)
        };
        let (program, _, least) = self.needs().iter().find(lacking)?;
        let least: Vec<String> = least.iter().map(u32::to_string).collect();
        Some(format!(
            "{program} {} or later is not installed",
            least.join(".")
        ))
    }

    /// Builds the filter by the commands that its README names; returns its module.
    ///
    /// # Errors
    /// When it does not build; the compiler has said why.
    pub fn build(self, config: &Config) -> Result<PathBuf> {
        let what = format!("the example filter in {}", self.name());
        terminal::step(&format!("building {what}"));
        let folder = config
            .root
            .join("examples/filters")
            .join(self.name().to_lowercase());
        for mut command in self.commands(config)? {
            // Results go there.
            command.stdout(Stdio::null()).current_dir(&folder);
            build::run(&mut command, &what)?;
        }
        Ok(folder.join("filter.wasm"))
    }

    fn commands(self, config: &Config) -> Result<Vec<Command>> {
        let command = |program, arguments: &[&str]| {
            let mut command = Command::new(program);
            command.args(arguments);
            command
        };
        Ok(match self {
            Self::Rust => {
                let mut cargo = wasm::ensure(&Toolbox::new(config))?.command();
                for name in &config.own_package {
                    cargo.env_remove(name);
                }
                cargo.env("CARGO_TARGET_DIR", "target").args([
                    "build",
                    "--locked",
                    "--release",
                    "--target",
                    TARGET,
                ]);
                let built = format!("target/{TARGET}/release/example_filter.wasm");
                vec![cargo, command("cp", &[&built, "filter.wasm"])]
            }
            Self::Go => {
                let build = ["build", "-buildmode=c-shared", "-o", "filter.wasm", "."];
                let mut go = command("go", &build);
                go.env("GOOS", "wasip1").env("GOARCH", "wasm");
                vec![go]
            }
            Self::AssemblyScript => vec![
                command(
                    "npm",
                    &["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                ),
                command("npm", &["run", "build"]),
            ],
        })
    }
}

/// What a program says of its version, as numbers.
fn version(program: &str, argument: &str) -> Option<Vec<u32>> {
    let output = Command::new(program)
        .args(argument.split(' '))
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| numbers(&String::from_utf8_lossy(&output.stdout)))
}

fn numbers(text: &str) -> Vec<u32> {
    let digits = text.split(|letter: char| !letter.is_ascii_digit());
    digits.filter_map(|digits| digits.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_number_by_number() {
        assert_eq!(numbers("go1.26.8\n"), [1, 26, 8]);
        assert_eq!(numbers("v20.20.2"), [20, 20, 2]);
        assert!(numbers("go1.9") < vec![1, 24]);
        assert!(numbers("devel") < vec![1, 24]);
    }
}
