//! `hub`, the operator's tool: brings the mesh up and down, operates its filter, tests all of it.

mod bench;
mod build;
mod cli;
mod commands;
mod config;
mod consul;
mod examples;
mod explain;
mod instance;
mod lab;
mod mesh;
mod package;
mod ports;
mod probe;
mod process;
mod progress;
mod subnet;
mod terminal;
mod tools;
mod watch;

fn main() -> std::process::ExitCode {
    cli::run()
}
