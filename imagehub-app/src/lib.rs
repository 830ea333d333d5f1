//! Image Hub's application: upload, browse and pull pictures, by tenant.

pub mod allocator;
pub mod app;
pub mod archive;
pub mod auth;
pub mod backup;
pub mod blobs;
pub mod catalogue;
mod clock;
pub mod config;
pub mod error;
mod http;
pub mod imaging;
#[cfg(test)]
mod layers;
pub mod leftovers;
mod limits;
pub mod listen;
mod metrics;
pub mod middleware;
mod originals;
pub mod passwords;
pub mod policy_file;
mod private;
mod readiness;
pub mod routes;
pub mod seed;
pub mod state;
mod stopping;
pub mod stores;
pub mod sweeper;
mod throttle;
mod upload;
mod web;
mod words;
