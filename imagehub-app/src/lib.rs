//! Image Hub's application: upload, browse and pull pictures, by tenant.

pub mod archive;
pub mod auth;
pub mod blobs;
pub mod catalogue;
mod clock;
pub mod config;
pub mod error;
mod http;
pub mod imaging;
pub mod leftovers;
mod limits;
mod linger;
mod metrics;
pub mod moving;
mod pages;
pub mod passwords;
pub mod policy_file;
mod request_log;
pub mod routes;
pub mod seed;
pub mod signing;
pub mod startup;
pub mod state;
pub mod sweeper;
mod upload;
