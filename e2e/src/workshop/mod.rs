//! The workshop's texts and checks, run as an attendee would.

pub mod play;
pub mod session;
pub mod snapshot;
pub mod text;
