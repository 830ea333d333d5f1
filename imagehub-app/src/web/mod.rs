//! What people and programs call, a module for each noun: its JSON calls, and its pages beside them.
//! Every page works without a script.

pub mod account;
pub mod accounts;
pub mod albums;
pub mod batch;
mod client;
pub mod download;
mod fields;
pub mod gallery;
pub mod home;
pub mod images;
pub mod invite_links;
pub mod layout;
pub mod members;
pub mod openapi;
pub mod plans;
pub mod pull;
pub mod service;
pub mod settings;
pub mod shared;
pub mod shares;
pub mod tags;
pub mod tenants;
pub mod tokens;
pub mod upload;
pub mod usage;
