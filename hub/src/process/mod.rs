//! Processes: started, watched, restarted and ended by one supervisor an instance.

pub mod control;
pub mod plan;
pub mod port_owner;
mod slot;
pub mod spawn;
pub mod supervisor;
pub mod usage;

pub use slot::Event;
