//! The application's process: which of its commands to run.

mod commands;

fn main() -> anyhow::Result<std::process::ExitCode> {
    commands::run()
}
