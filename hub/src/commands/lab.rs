//! `hub lab list|start|check|solve|reset|hint`.

use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;

use crate::config::Config;
use crate::instance::Instance;
use crate::lab::book::{self, Lab};
use crate::lab::report::Report;
use crate::lab::seat::Seat;
use crate::lab::{checks, cut, shell, state};
use crate::mesh::Mesh;
use crate::terminal;

#[derive(Subcommand, Clone, Debug)]
pub enum Action {
    /// Lists the labs with their minutes.
    List {
        /// Only what fits into so many minutes.
        #[arg(long)]
        cut: Option<u32>,
    },
    /// Puts the mesh into a lab's start state, from any other, and prints what its shell needs:
    /// eval "$(cargo hub lab start 3)"
    Start { lab: u8 },
    /// Says whether a lab is done; ends with 1 if it is not.
    Check {
        lab: u8,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Does a lab's work. In compose it prints what to do, for bash.
    Solve { lab: u8 },
    /// Puts back what the labs changed, and deletes their users.
    Reset,
    /// Shows one of a lab's three hints; each is stronger.
    Hint { lab: u8, number: usize },
}

/// Runs one of them.
///
/// # Errors
/// When there is no such lab, or the mesh refuses.
pub fn run(config: &Config, port: u16, action: &Action) -> Result<ExitCode> {
    let lab = |number: u8| book::lab(&config.root, number);
    match action {
        Action::List { cut } => list(config, *cut)?,
        Action::Start { lab: number } => start(config, port, &lab(*number)?)?,
        Action::Check { lab: number, json } => {
            let report = check(config, port, &lab(*number)?)?;
            if *json {
                terminal::result(&serde_json::to_string(&report)?);
            } else {
                report.print();
            }
            return Ok(ExitCode::from(u8::from(!report.passed)));
        }
        Action::Solve { lab: number } => solve(config, port, &lab(*number)?)?,
        Action::Reset => {
            state::reset(config, &Mesh::find(config, port)?)?;
            terminal::step("everything is as it is shipped");
        }
        Action::Hint {
            lab: number,
            number: hint,
        } => {
            let hints = lab(*number)?.hints;
            let text = hint.checked_sub(1).and_then(|index| hints.get(index));
            terminal::result(text.with_context(|| format!("there are {} hints", hints.len()))?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(config: &Config, minutes: Option<u32>) -> Result<()> {
    let labs = book::labs(&config.root)?;
    let chosen = match minutes {
        Some(minutes) => cut::cut(&labs, minutes),
        None => labs.iter().collect(),
    };
    for lab in &chosen {
        terminal::result(&format!(
            "{:>2}  {:>3} min  {}",
            lab.number, lab.minutes, lab.title
        ));
    }
    let sum: u32 = chosen.iter().map(|lab| lab.minutes).sum();
    terminal::result(&format!("    {sum:>3} min"));
    Ok(())
}

fn start(config: &Config, port: u16, lab: &Lab) -> Result<()> {
    if config.remote.is_none() && !Instance::new(&config.root, port).is_running() {
        bring_up(config, port)?;
    }
    let mesh = Mesh::find(config, port)?;
    let seat = state::begin(config, &mesh, lab.number)?;
    terminal::step(&format!("lab {}: {}", lab.number, lab.title));
    terminal::result(&shell::prelude(config, &mesh, port, &seat)?);
    Ok(())
}

/// By a process of its own, whose results are not this command's.
fn bring_up(config: &Config, port: u16) -> Result<()> {
    let program = std::env::current_exe().context("cannot tell where hub is")?;
    let status = Command::new(program)
        .args(["up", "-d", "--workers", "4", "--port", &port.to_string()])
        .current_dir(&config.root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .context("cannot run hub up")?;
    if !status.success() {
        bail!("hub up failed");
    }
    Ok(())
}

fn check(config: &Config, port: u16, lab: &Lab) -> Result<Report> {
    let mut report = Report::new(lab.number);
    let number = lab.number;
    let mesh = Mesh::find(config, port)?;
    match Seat::kept(&mesh)? {
        Some(seat) if seat.lab == number => checks::run(config, mesh, seat, &mut report)?,
        other => report.expect(
            "this lab was started",
            format!("lab {number}"),
            other.map_or_else(|| "no lab".to_owned(), |seat| format!("lab {}", seat.lab)),
            format!("eval \"$(cargo hub lab start {number})\""),
        ),
    }
    Ok(report)
}

fn solve(config: &Config, port: u16, lab: &Lab) -> Result<()> {
    let mesh = Mesh::find(config, port)?;
    let Some(seat) = Seat::kept(&mesh)?.filter(|seat| seat.lab == lab.number) else {
        bail!("lab {0} was not started: hub lab start {0}", lab.number);
    };
    let file = lab.folder.join("solve.sh");
    let solution = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let prelude = shell::prelude(config, &mesh, port, &seat)?;
    let script = format!("set -euo pipefail\n{prelude}\n{solution}");
    if config.remote.is_some() {
        terminal::note(&format!(
            "this is what to do; bash does it: bash -c \"$(docker compose run --rm -T hub lab solve {})\"",
            lab.number
        ));
        terminal::result(&script);
        return Ok(());
    }
    let status = Command::new("bash")
        .args(["-c", &script])
        .current_dir(&config.root)
        .stdin(Stdio::null())
        .status()
        .context("cannot run bash")?;
    if !status.success() {
        bail!("{} failed ({status})", file.display());
    }
    terminal::step(&format!("lab {} is solved", lab.number));
    Ok(())
}
