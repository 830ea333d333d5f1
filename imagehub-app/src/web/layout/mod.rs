//! What all pages have in common.

pub mod assets;
pub mod compressed;
pub mod errors;
pub mod flash;
pub mod frame;
pub mod notice;

pub use frame::{CONTENT_SECURITY_POLICY, Frame};
