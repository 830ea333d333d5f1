//! The filter as an OCI image, as other meshes pull it.

mod exports;
mod gzip;
mod image;
mod layout;

pub use exports::pruned;
pub use image::{Description, Image};
