//! The workshop's texts and checks, run as an attendee would.

pub mod session;
pub mod snapshot;
pub mod text;
