//! Many originals as one zip, written while it is sent.

mod format;
mod names;
mod pictures;
mod stream;

pub use pictures::Pictures;
pub use stream::{Archive, File};
