//! What each command does.

pub mod configure;
pub mod doctor;
pub mod down;
pub mod explain;
pub mod filter;
pub mod lab;
pub mod logins;
pub mod package;
pub mod policy;
pub mod service;
pub mod status;
pub mod supervise;
pub mod test;
pub mod tools;
pub mod up;
pub mod watch;
