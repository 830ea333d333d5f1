//! Image Hub's promises, each tried on the real mesh and in a real browser.
//!
//! `cargo run -p e2e -- NAME` runs the promises whose name contains NAME. Meshes are started by
//! the `hub` binary (`IMAGEHUB_HUB`, or the one built next to this program), each at most once
//! and only when a promise needs it; they are taken down at the end, however it ends.

mod accessibility;
mod browser;
mod client;
mod filter_vm;
mod images;
mod load;
mod logs;
mod mesh;
mod policy;
mod process;
mod promise;
mod promises;
mod ratelimit;
mod raw;
mod slow;
mod stand_in;
mod tokens;
mod visitor;
mod wait;
mod workshop;
mod world;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    // The HTTP client asks for one, although it never uses it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut arguments = Arguments::from_args();
    // The promises share two meshes and restart parts of them: one at a time.
    arguments.test_threads = Some(1);
    let world = world::World::new();
    let trials = promises::all()
        .into_iter()
        .map(|promise| promise.into_trial(world))
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
