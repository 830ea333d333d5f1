//! Image Hub's application: upload, browse and pull pictures, by tenant.

pub mod allocator;
pub mod app;
pub mod archive;
pub mod auth;
pub mod backup;
pub mod blob_cleanup;
pub mod blobs;
pub mod catalogue;
mod clock;
pub mod config;
pub mod domain;
pub mod error;
mod file_permissions;
mod format;
mod http;
pub mod imaging;
#[cfg(test)]
mod layers;
mod limits;
pub mod listen;
mod metrics;
pub mod middleware;
mod originals;
pub mod passwords;
pub mod policy_file;
mod readiness;
pub mod routes;
pub mod seed;
mod shutdown;
pub mod state;
pub mod stores;
pub mod sweeper;
mod throttle;
mod upload;
mod web;
