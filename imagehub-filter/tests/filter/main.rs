//! The compiled filter, run by a small proxy of the test's own. One module per promise.

mod budgets;
mod capabilities;
#[path = "../compiled/mod.rs"]
mod compiled;
mod configuration;
mod counters;
mod decisions;
mod hostile;
mod identity;
mod keys;
mod metrics;
mod proxy;
mod responses;
mod support;
mod waiting;
