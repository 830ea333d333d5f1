//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::config::Config;
use crate::ports::DEFAULT_EDGE;
use crate::{bench, commands, explain, terminal};

/// Brings Image Hub's mesh up and down, operates its filter, tests all of it.
#[derive(Parser)]
#[command(name = "hub", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    instance: Which,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Which {
    /// Port of the edge: names the instance. Two can run side by side.
    #[arg(long, global = true, default_value_t = DEFAULT_EDGE, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
}

#[derive(Subcommand)]
enum Command {
    /// Builds what is needed, starts the mesh and waits until it is ready.
    Up(commands::up::Options),
    /// Ends everything that `up` started.
    Down,
    /// Says what runs and whether it is ready.
    Status {
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Looks for what could be in the way, and says what to do about it.
    Doctor {
        /// Also what a machine needs for a workshop: memory, clock, programs, Docker and its images.
        #[arg(long)]
        workshop: bool,
    },
    /// Runs every test, the ones in a real mesh and a real browser too.
    Test(commands::test::Options),
    /// Switches the filter in the running mesh on or off, no request failing meanwhile; or packs it.
    Filter {
        #[command(subcommand)]
        action: commands::filter::Action,
    },
    /// Checks a policy, puts one in force, or says what it would change.
    Policy {
        #[command(subcommand)]
        action: commands::policy::Action,
    },
    /// Says why a request is treated as it is, by the policy in force, and what would change that.
    Explain(commands::explain::Options),
    /// Prints how to log in as the people that IMAGEHUB_SEED brings, as long as nobody changed it.
    Logins,
    /// Measures what Image Hub promises, beside other programs that do the same.
    Bench {
        #[command(subcommand)]
        what: bench::What,
    },
    /// The workshop's labs: what there is, start, check, solution, hints, and the way back.
    Lab {
        #[command(subcommand)]
        action: commands::lab::Action,
    },
    /// Starts a service that was stopped: app, sidecar, edge, consul, redis or redis-sidecar.
    Start { service: String },
    /// Stops a service and leaves it stopped.
    Stop { service: String },
    /// Ends a service and starts it again.
    Restart { service: String },
    /// Installs tools, all or the named ones.
    #[command(hide = true)]
    Tools { names: Vec<String> },
    /// Writes every config entry to a Consul that something else started.
    #[command(hide = true)]
    Configure {
        /// The policy to put in force [default: consul/policy.json, or what was applied before]
        #[arg(long)]
        policy: Option<PathBuf>,
    },
    /// Watches the filter of a mesh that something else started.
    #[command(hide = true)]
    Watch,
    /// What `up -d` leaves running.
    #[command(hide = true)]
    Supervise,
}

impl Command {
    /// What a failure ends with: a comparison's 1 is a result.
    const fn failed(&self) -> u8 {
        match self {
            Self::Policy {
                action: commands::policy::Action::Diff { .. },
            } => 2,
            _ => 1,
        }
    }
}

/// Runs what the command line says, and says why if that could not be done.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    terminal::start_clock();
    let failed = cli.command.failed();
    run_command(cli).unwrap_or_else(|error| {
        terminal::failure(&explain::one_line(&error));
        ExitCode::from(failed)
    })
}

fn run_command(cli: Cli) -> Result<ExitCode> {
    let config = Config::from_environment()?;
    let port = cli.instance.port;
    let done = match cli.command {
        Command::Up(options) => commands::up::run(&config, port, &options),
        Command::Down => commands::down::run(&config, port),
        Command::Status { json } => commands::status::run(&config, port, json),
        Command::Doctor { workshop } => commands::doctor::run(&config, port, workshop),
        Command::Test(options) => commands::test::run(&config, &options),
        Command::Filter { action } => commands::filter::run(&config, port, &action),
        Command::Policy { action } => return commands::policy::run(&config, port, &action),
        Command::Explain(options) => commands::explain::run(&config, port, &options),
        Command::Logins => commands::logins::run(&config, port),
        Command::Bench { what } => bench::run(&config, &what),
        Command::Lab { action } => return commands::lab::run(&config, port, &action),
        Command::Start { service } => {
            commands::service::run(&config, port, &service, commands::service::Change::Start)
        }
        Command::Stop { service } => {
            commands::service::run(&config, port, &service, commands::service::Change::Stop)
        }
        Command::Restart { service } => {
            commands::service::run(&config, port, &service, commands::service::Change::Restart)
        }
        Command::Tools { names } => commands::tools::run(&config, &names),
        Command::Configure { policy } => commands::configure::run(&config, policy.as_deref()),
        Command::Watch => commands::watch::run(&config),
        Command::Supervise => commands::supervise::run(&config, port),
    };
    done.map(|()| ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_port_may_stand_after_any_command() {
        let cli =
            Cli::try_parse_from(["hub", "filter", "off", "--port", "22000"]).expect("it parses");
        assert_eq!(cli.instance.port, 22_000);
    }
}
