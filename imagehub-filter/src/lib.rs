//! Image Hub's policy as a WebAssembly filter for Envoy (proxy-wasm ABI 0.2.1).
//!
//! The rules are `imagehub-policy`'s; this crate only brings the proxy's requests to them and their
//! decisions back. Whatever bytes arrive, it must not panic: a VM that traps is dead until its
//! configuration changes, and every request of its worker with it.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod client;
mod counters;
mod entry;
mod host;
mod http;
mod keys;
mod pairs;
mod reply;
mod root;
mod vm;
