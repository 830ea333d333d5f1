//! The calls of the JSON API.

pub mod account;
pub mod accounts;
pub mod albums;
pub mod batch;
pub mod download;
pub mod endpoint;
pub mod images;
pub mod invite_links;
pub mod members;
pub mod openapi;
pub mod pull;
pub mod service;
pub mod shared;
pub mod shares;
pub mod tags;
pub mod tenants;
pub mod tokens;
pub mod usage;
