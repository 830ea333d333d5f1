//! Many originals as one zip, written while it is sent.

mod names;
mod stream;

pub use stream::{Archive, Pictures};
