//! The pages for people. Each works without a script.

pub mod accounts;
pub mod assets;
pub mod errors;
mod frame;
pub mod gallery;
pub mod home;
pub mod image;
mod notice;
pub mod plans;
pub mod settings;

pub use frame::{CONTENT_SECURITY_POLICY, Frame};
