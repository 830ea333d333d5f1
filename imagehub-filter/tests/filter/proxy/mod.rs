//! A proxy small enough to test with: it runs the compiled module on an interpreter and plays Envoy's
//! part of proxy-wasm ABI 0.2.1, the parts this filter uses, traps of the original included.

mod abi;
mod exchange;
mod module;
mod shared_data;
mod telemetry;
mod worker;

pub use exchange::{Exchange, Fate, LocalReply};
pub use module::{bytes as module_bytes, compiled};
pub use shared_data::SharedData;
pub use worker::{CALLBACKS, Call, Worker};

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use telemetry::Counters;

/// Headers as a proxy holds them: any bytes, in order, names repeated.
pub type Headers = Vec<(Vec<u8>, Vec<u8>)>;

/// Headers written as text.
pub fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs
        .iter()
        .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
        .collect()
}

/// The first value of a header.
pub fn value<'h>(headers: &'h Headers, name: &str) -> Option<&'h str> {
    headers
        .iter()
        .find(|(found, _)| found == name.as_bytes())
        .map(|(_, value)| std::str::from_utf8(value).expect("a value in UTF-8"))
}

/// What all workers of one proxy share.
#[derive(Clone)]
pub struct Proxy {
    /// The shared data.
    pub shared: Rc<RefCell<SharedData>>,
    /// The counters.
    pub counters: Rc<RefCell<Counters>>,
    now: Rc<Cell<u64>>,
}

impl Proxy {
    /// A proxy that has just started, at `seconds` since the Unix epoch.
    pub fn started_at(seconds: u64) -> Self {
        Self {
            shared: Rc::default(),
            counters: Rc::default(),
            now: Rc::new(Cell::new(seconds * 1_000_000_000)),
        }
    }

    /// A new worker, its VM not configured yet.
    pub fn worker(&self) -> Worker {
        Worker::new(self.clone())
    }

    /// The clock, in nanoseconds.
    pub fn now(&self) -> u64 {
        self.now.get()
    }

    /// Lets time pass; nothing ticks by itself.
    pub fn advance_millis(&self, millis: u64) {
        self.now.set(self.now.get() + millis * 1_000_000);
    }

    /// Sets the clock back.
    pub fn go_back_millis(&self, millis: u64) {
        self.now.set(self.now.get() - millis * 1_000_000);
    }
}
