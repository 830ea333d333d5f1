//! The mesh as Consul is told about it: config entries, services, and what is generated into them.

mod change;
mod edge_connections;
pub mod entries;
mod filter;
pub mod filter_module;
mod metrics;
pub mod operate;
pub mod services;
mod sidecar;

pub use operate::Mesh;
