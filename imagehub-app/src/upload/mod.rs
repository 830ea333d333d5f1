//! Uploads: a multipart body becomes staged files, staged files become images.

mod form;
mod handler;
mod keep;

pub use handler::upload;
pub use keep::{Labels, keep};
