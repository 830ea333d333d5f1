//! Uploads: a multipart body becomes staged files, staged files become images.

mod form;
mod handler;
mod keep;
mod quota;

pub use handler::upload;
pub use keep::{Labels, keep};
pub use quota::StagedBytes;
