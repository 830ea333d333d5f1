//! The pages for people. Each works without a script.

pub mod account;
pub mod accounts;
pub mod albums;
pub mod assets;
pub mod batch;
mod compressed;
pub mod errors;
pub mod frame;
pub mod gallery;
mod grid;
pub mod home;
pub mod image;
pub mod join;
mod notice;
pub mod plans;
pub mod settings;
pub mod shared;
pub mod shares;
mod tile;

pub use frame::{CONTENT_SECURITY_POLICY, Frame};
