//! The workshop's labs: what a lab starts from, whether it is done, and the way back.

pub mod book;
pub mod checks;
pub mod client;
pub mod cut;
pub mod report;
pub mod seat;
pub mod shell;
pub mod state;
