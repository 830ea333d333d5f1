//! Uploads: a multipart body becomes staged files, staged files become images.

mod form;
mod keep;
mod quota;

pub use form::read;
pub use keep::{Labels, keep, keep_all};
pub use quota::Room;
