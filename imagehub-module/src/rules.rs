//! One configuration: the policy, its keys and its counters, shared by all workers.

use std::cell::RefCell;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use imagehub_policy::{
    Charge, ChargeOutcome, Counters, Decision, KeySource, Keys, LimitReport, MemoryCounters,
    Policy, RequestHead, Timestamp, VerifiedTokens, decide,
};

use crate::{clock, trap};

static CONFIGURATIONS: AtomicU64 = AtomicU64::new(1);

thread_local! {
    /// The tokens this worker has verified, and under which configuration.
    static TOKENS: RefCell<(u64, VerifiedTokens)> = RefCell::default();
}

/// Everything a decision needs beside the request.
pub struct Rules {
    /// The parsed configuration.
    pub policy: Policy,
    /// The value of `x-imagehub-filter`.
    pub version: String,
    /// Whether requests may ask for a crash.
    pub traps: bool,
    /// No other configuration of this process has it.
    number: u64,
    keys: Keys,
    counters: Mutex<MemoryCounters>,
}

impl Rules {
    /// Reads the policy of a filter of that name. Keys that would have to be fetched are not there: the module
    /// fetches none.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(name: &[u8], configuration: &[u8]) -> Result<Self, String> {
        let policy = Policy::parse(configuration).map_err(|error| error.to_string())?;
        let keys = match policy.key_source() {
            KeySource::Inline(keys) => keys.clone(),
            KeySource::Cluster { .. } => Keys::none(),
        };
        // The standard library draws its keys from the operating system.
        let secret = || RandomState::new().hash_one(0);
        Ok(Self {
            version: format!("{};policy={}", env!("CARGO_PKG_VERSION"), policy.hash()),
            traps: name == trap::NAME,
            number: CONFIGURATIONS.fetch_add(1, Ordering::Relaxed),
            counters: Mutex::new(MemoryCounters::new(
                policy.limit_slots(),
                [secret(), secret()],
            )),
            keys,
            policy,
        })
    }

    /// Decides on a request. `client` tells its client's address and is asked only where something is counted by it.
    pub fn decide(&self, head: &RequestHead<'_>, client: &dyn Fn() -> Option<IpAddr>) -> Decision {
        let mut counters = SharedCounters(&self.counters);
        TOKENS.with_borrow_mut(|(number, tokens)| {
            if *number != self.number {
                (*number, *tokens) = (self.number, VerifiedTokens::default());
            }
            decide(
                &self.policy,
                head,
                client,
                clock::now(),
                &self.keys,
                tokens,
                &mut counters,
            )
            .decision
        })
    }
}

/// The counters of all workers. The time is read while nobody else counts: an earlier one would look like a
/// clock that was set back.
struct SharedCounters<'a>(&'a Mutex<MemoryCounters>);

impl SharedCounters<'_> {
    fn locked(&self) -> MutexGuard<'_, MemoryCounters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counters for SharedCounters<'_> {
    fn charge(&mut self, charge: &Charge<'_>, _: Timestamp) -> ChargeOutcome {
        let mut counters = self.locked();
        counters.charge(charge, clock::now())
    }

    fn look(&mut self, charge: &Charge<'_>, _: Timestamp) -> Option<LimitReport> {
        let mut counters = self.locked();
        counters.look(charge, clock::now())
    }
}
