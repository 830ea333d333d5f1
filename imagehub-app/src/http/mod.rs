//! Pieces of HTTP that several calls share.

pub mod client;
pub mod cookie;
pub mod fields;
pub mod head;
pub mod local;
pub mod range;
