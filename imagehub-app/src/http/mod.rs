//! Pieces of HTTP that several calls share.

pub mod cookie;
pub mod head;
pub mod local;
