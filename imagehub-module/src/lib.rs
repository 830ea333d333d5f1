//! Image Hub's policy as an Envoy dynamic module: native code inside Envoy, without a WebAssembly VM.
//!
//! For comparison only: it decides as `imagehub-filter` does and shows what the sandbox costs, and what
//! it saves from. It takes its keys from the policy and fetches none.

mod abi;
mod client;
mod clock;
mod exchange;
mod rules;
mod trap;
