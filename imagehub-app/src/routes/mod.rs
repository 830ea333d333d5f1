//! The calls of the JSON API.

pub mod accounts;
pub mod endpoint;
pub mod images;
pub mod members;
pub mod openapi;
pub mod pull;
pub mod service;
pub mod tenants;
