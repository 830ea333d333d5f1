//! What Image Hub promises, as scenarios, each tried on the real mesh and in a real browser.
//!
//! `cargo run -p e2e -- NAME` runs the scenarios whose name contains NAME. Meshes are started by
//! the `hub` binary (`IMAGEHUB_HUB`, or the one built next to this program), each at most once
//! and only when a scenario needs it; they are taken down at the end, however it ends.
//!
//! `e2e --play PLACE PORT FILE...` runs the blocks of these texts that are marked with this place, in the
//! folder where it is started, on the mesh at this port.

mod accessibility;
mod browser;
mod client;
mod fake_app;
mod filter_vm;
mod images;
mod load;
mod logs;
mod mesh;
mod policy;
mod process;
mod ratelimit;
mod raw;
mod scenario;
mod scenarios;
mod slow;
mod tokens;
mod visitor;
mod wait;
mod workshop;
mod world;

use std::process::ExitCode;

use anyhow::{Context, Result};
use libtest_mimic::Arguments;

fn main() -> ExitCode {
    // The HTTP client asks for one, although it never uses it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [play, place, port, files @ ..] = words.as_slice()
        && play == "--play"
    {
        return played(place, port, files);
    }
    let mut arguments = Arguments::from_args();
    // The scenarios share two meshes and restart parts of them: one at a time.
    arguments.test_threads = Some(1);
    let world = world::World::new();
    let trials = scenarios::all()
        .into_iter()
        .map(|scenario| scenario.into_trial(world))
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    match world.take_down() {
        Ok(()) => conclusion.exit_code(),
        Err(error) => {
            eprintln!("taking the meshes down: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn played(place: &str, port: &str, files: &[String]) -> ExitCode {
    let played = || -> Result<()> {
        let port = port.parse().context("this is no port")?;
        let runtime = tokio::runtime::Runtime::new()?;
        for file in files {
            runtime.block_on(workshop::play::elsewhere(place, file.as_ref(), port))?;
        }
        Ok(())
    };
    match played() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
