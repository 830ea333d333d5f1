//! The rate limits kept by this process itself, by the same code as the filter's: when there is
//! no mesh around it.

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use imagehub_policy::{
    Charge, ChargeOutcome, Counters, Decision, Keys, LimitReport, MemoryCounters, Policy,
    RequestHead, Timestamp, VerifiedTokens, decide,
};
use thread_local::ThreadLocal;

/// The counters of this process, and the tokens that each of its workers has seen. The counters are
/// locked while something is counted, not while a signature is verified.
pub struct EmbeddedLimits {
    counters: Mutex<MemoryCounters>,
    tokens: ThreadLocal<RefCell<VerifiedTokens>>,
}

struct Locked<'a>(&'a Mutex<MemoryCounters>);

impl Counters for Locked<'_> {
    fn charge(&mut self, charge: &Charge<'_>, _: Timestamp) -> ChargeOutcome {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A time that was read before the lock was had looks like a clock that was set back.
        counters.charge(charge, crate::clock::now())
    }

    fn look(&mut self, charge: &Charge<'_>, _: Timestamp) -> Option<LimitReport> {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counters.look(charge, crate::clock::now())
    }
}

impl EmbeddedLimits {
    /// A table of so many slots, all empty, under a secret of its own.
    pub fn new(slots: u32) -> Self {
        Self {
            counters: Mutex::new(MemoryCounters::new(slots, rand::random())),
            tokens: ThreadLocal::new(),
        }
    }

    /// What the policy decides of a request, which is counted by that.
    pub fn decide(
        &self,
        policy: &Policy,
        head: &RequestHead<'_>,
        client: Option<IpAddr>,
        keys: &Keys,
    ) -> Decision {
        decide(
            policy,
            head,
            &|| client,
            crate::clock::now(),
            keys,
            &mut self.tokens.get_or_default().borrow_mut(),
            &mut Locked(&self.counters),
        )
        .decision
    }
}
