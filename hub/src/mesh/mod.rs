//! The mesh as Consul is told about it: config entries, services, and what is generated into them.

pub mod entries;
pub mod filter_module;
pub mod operate;
pub mod services;

pub use operate::Mesh;
