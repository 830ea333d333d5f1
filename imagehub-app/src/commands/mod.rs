//! What the program can be told to do. Every setting is a flag of every command.

mod backup;
mod seed;
mod serve;
mod sweep;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use imagehub_app::config::{Config, LogFormat};
use imagehub_app::imaging::worker;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

/// Image Hub: upload, browse and pull pictures, by tenant.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Line {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until told to stop; what is done when no command is named.
    Serve,
    /// Decode the image on standard input: what uploads are given to.
    #[command(hide = true)]
    DecodeImage {
        /// Where the results go.
        folder: PathBuf,
        /// What there is to do, as JSON.
        task: String,
    },
    /// Create people and pictures to try things on, and print how to log in.
    Seed,
    /// Write the catalogue and every file into a folder; also while the application serves.
    Backup {
        /// An empty folder, or one with a backup: then only what has changed is written.
        folder: PathBuf,
    },
    /// Bring a backup into the catalogue and the blobs that the settings name; stop the
    /// application first. The catalogue must be empty.
    Restore {
        /// The folder of a finished backup.
        folder: PathBuf,
        /// Go on with a restore that broke off. What is there already stays as it is.
        #[arg(long = "continue")]
        goes_on: bool,
    },
    /// Remove images deleted a week ago and files that no record names, as is done every so often
    /// while serving.
    Sweep {
        /// Only say what no record names.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Runs what the command line names.
pub fn run() -> anyhow::Result<ExitCode> {
    let Line { command, config } = read(std::env::args_os())?;
    let command = command.unwrap_or(Command::Serve);
    // This one neither logs nor waits: it is over before a runtime would have started.
    if let Command::DecodeImage { folder, task } = &command {
        return Ok(worker::run(folder, task));
    }
    log(&config)?;
    actix_web::rt::System::new().block_on(async {
        match command {
            Command::Serve => serve::run(config).await,
            Command::DecodeImage { .. } => Ok(()),
            Command::Seed => seed::run(config).await,
            Command::Backup { folder } => backup::backup(config, &folder).await,
            Command::Restore { folder, goes_on } => backup::restore(config, &folder, goes_on).await,
            Command::Sweep { dry_run } => sweep::run(config, dry_run).await,
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Reads a command line, in which settings may stand before or after the command.
fn read(line: impl IntoIterator<Item = OsString>) -> Result<Line, clap::Error> {
    let everywhere = Line::command().mut_args(|setting| setting.global(true));
    let mut matches = everywhere
        .try_get_matches_from(line)
        .unwrap_or_else(|error| error.exit());
    Line::from_arg_matches_mut(&mut matches)
}

/// A line on standard output, for whoever gave the command.
fn report(line: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout();
    // Nobody may be listening any more.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn log(config: &Config) -> anyhow::Result<()> {
    let filter: Targets = config.log.parse()?;
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match config.log_format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    registry().with(lines.with_filter(filter)).init();
    Ok(())
}

#[cfg(test)]
mod tests {
    use imagehub_app::listen::Listen;

    use super::*;

    fn line(words: &str) -> Line {
        read(words.split(' ').map(OsString::from)).unwrap()
    }

    #[test]
    fn the_settings_hold_before_a_command_after_it_and_without_one() {
        for words in [
            "imagehub-app --bind 127.0.0.1:0",
            "imagehub-app --bind 127.0.0.1:0 serve",
            "imagehub-app serve --bind 127.0.0.1:0",
        ] {
            let free: Listen = "127.0.0.1:0".parse().unwrap();
            assert_eq!(line(words).config.bind, [free], "{words}");
        }
    }

    #[test]
    fn help_lists_every_setting_and_every_command() {
        let help = Line::command().render_long_help().to_string();
        for setting in Config::command().get_arguments() {
            let name = setting.get_env().map(|name| name.to_string_lossy());
            assert!(name.is_none_or(|name| help.contains(&*name)), "{setting}");
        }
        for command in Line::command().get_subcommands() {
            assert!(command.is_hide_set() || help.contains(command.get_name()));
        }
    }
}
