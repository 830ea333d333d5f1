//! Requests that wait for keys: bounded in number, and decided on a few at a time.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use imagehub_policy::AddressKey;

use crate::filter::Outcome;

/// Requests that one call of the VM may decide on. Envoy answers or resumes them after the call, each inside
/// the handling of the one before: some three hundred overflow the stack and end the VM.
const BATCH: usize = 64;
/// Requests that wait on one worker. Each holds one of the 1,024 connections that a gateway opens to a
/// sidecar: with two workers, half of them are left for requests that need not wait.
const MAX_WAITING: usize = 256;
/// Requests of one client address that wait on one worker: more than a page with fifty pictures needs, and
/// so few that one client who forges tokens leaves room for three others.
const MAX_WAITING_OF_ADDRESS: usize = 64;

/// A request that waits.
pub struct Waiter {
    address: AddressKey,
    /// Milliseconds it will wait for, counted in ticks: a clock that is set does not change them.
    millis_left: u32,
    /// What becomes of the request.
    pub outcome: Rc<Cell<Outcome>>,
}

/// The requests that wait on one worker, by their contexts: in order of arrival.
#[derive(Default)]
pub struct WaitingRoom(BTreeMap<u32, Waiter>);

/// Requests to decide on now: at most [`BATCH`].
pub struct Batch(Vec<(u32, Waiter)>);

impl WaitingRoom {
    /// Lets a request wait for at most so long; false if there is no room for it.
    pub fn enter(
        &mut self,
        context: u32,
        address: AddressKey,
        millis: u32,
        outcome: &Rc<Cell<Outcome>>,
    ) -> bool {
        let of_address = self.0.values().filter(|waiter| waiter.address == address);
        if self.0.len() >= MAX_WAITING || of_address.count() >= MAX_WAITING_OF_ADDRESS {
            return false;
        }
        let waiter = Waiter {
            address,
            millis_left: millis,
            outcome: Rc::clone(outcome),
        };
        self.0.insert(context, waiter);
        true
    }

    /// The request is over: nobody waits for an answer any more.
    pub fn leave(&mut self, context: u32) {
        self.0.remove(&context);
    }

    /// Time passes.
    pub fn pass(&mut self, millis: u32) {
        for waiter in self.0.values_mut() {
            waiter.millis_left = waiter.millis_left.saturating_sub(millis);
        }
    }

    /// There is nothing to wait for any more: everybody's turn comes.
    pub fn wake_all(&mut self) {
        self.pass(u32::MAX);
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody's wait is over.
    pub fn has_due(&self) -> bool {
        self.0.values().any(|waiter| waiter.millis_left == 0)
    }

    /// Takes out those whose wait is over, as many as one call of the VM may decide on. To be called once a tick.
    pub fn next_batch(&mut self) -> Batch {
        let due = self.0.extract_if(.., |_, waiter| waiter.millis_left == 0);
        Batch(due.take(BATCH).collect())
    }
}

impl IntoIterator for Batch {
    type Item = (u32, Waiter);
    type IntoIter = std::vec::IntoIter<(u32, Waiter)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
