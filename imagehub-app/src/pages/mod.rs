//! The pages for people. Each works without a script.

pub mod accounts;
pub mod assets;
pub mod batch;
pub mod errors;
mod frame;
pub mod gallery;
mod grid;
pub mod home;
pub mod image;
mod notice;
pub mod plans;
pub mod settings;
mod tile;

pub use frame::{CONTENT_SECURITY_POLICY, Frame};
