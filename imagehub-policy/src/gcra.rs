//! The arithmetic of one bucket: GCRA, as a debt that drains.
//!
//! Time is whole microseconds. A bucket of `count` in `window` holds a debt in units of microsecond × count: one
//! request costs `window` units, `count` units drain every microsecond, and a request passes if the debt with it is
//! at most `count × window`. No division, no rounding, and at most 8.64e16 units: nothing is lost and nothing
//! overflows. Hence in any interval of t microseconds at most `count + floor(t × count / window)` requests pass.

use crate::limit::{Limit, MICROS_A_SECOND};
use crate::store::ENTRY_BYTES;

/// How far a bucket's time may lie ahead of the clock before that counts as the clock having been set back: 10 ms. Clocks of
/// different processors differ by less; until one's own catches up, no time has passed for the bucket.
pub(crate) const TOLERANCE_MICROS: u64 = 10_000;

const SHARED: u32 = 1 << 31;

/// One bucket, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Entry {
    /// Half of the key's hash; the other half chose the set.
    pub fingerprint: u64,
    pub debt: u64,
    /// When the debt was that, in microseconds since the Unix epoch.
    pub updated_at: u64,
    /// The limit the debt is reckoned with, and drains by.
    pub count: u32,
    pub window_seconds: u32,
    /// Whether more than one key counts here.
    pub shared: bool,
}

impl Entry {
    /// A full bucket: no debt.
    pub(crate) const fn fresh(fingerprint: u64, limit: Limit, now: u64) -> Self {
        Self {
            fingerprint,
            debt: 0,
            updated_at: now,
            count: limit.count(),
            window_seconds: limit.window_seconds(),
            shared: false,
        }
    }

    pub(crate) fn decode(bytes: &[u8; ENTRY_BYTES]) -> Self {
        let [fingerprint, debt, updated_at, limit] = bytes.as_chunks().0 else {
            return Self::default();
        };
        let [c0, c1, c2, c3, w0, w1, w2, w3] = *limit;
        let window = u32::from_le_bytes([w0, w1, w2, w3]);
        Self {
            fingerprint: u64::from_le_bytes(*fingerprint),
            debt: u64::from_le_bytes(*debt),
            updated_at: u64::from_le_bytes(*updated_at),
            count: u32::from_le_bytes([c0, c1, c2, c3]),
            window_seconds: window & !SHARED,
            shared: window & SHARED != 0,
        }
    }

    pub(crate) fn encode(&self) -> [u8; ENTRY_BYTES] {
        let window = self.window_seconds | if self.shared { SHARED } else { 0 };
        let limit = u64::from(self.count) | u64::from(window) << 32;
        let mut bytes = [0; ENTRY_BYTES];
        let fields = [self.fingerprint, self.debt, self.updated_at, limit];
        for (place, field) in bytes.as_chunks_mut().0.iter_mut().zip(fields) {
            *place = field.to_le_bytes();
        }
        bytes
    }

    /// What one request costs, in units.
    pub(crate) const fn cost(&self) -> u64 {
        (self.window_seconds as u64).saturating_mul(MICROS_A_SECOND)
    }

    /// The debt left at a moment.
    pub(crate) const fn debt_at(&self, now: u64) -> u64 {
        if self.debt == 0 {
            return 0;
        }
        let elapsed = now.saturating_sub(self.updated_at);
        self.debt
            .saturating_sub(elapsed.saturating_mul(self.count as u64))
    }

    /// Whether its time lies so far ahead that a clock must have been set back.
    pub(crate) const fn is_from_the_future(&self, now: u64) -> bool {
        self.updated_at > now.saturating_add(TOLERANCE_MICROS)
    }

    /// Brings the debt up to now. True if the clock was set back: then the whole debt stands from now on, and the
    /// bucket must be stored even if nothing is spent, or it would never drain.
    pub(crate) const fn settle(&mut self, now: u64) -> bool {
        if self.is_from_the_future(now) {
            self.updated_at = now;
            return self.debt > 0;
        }
        if now > self.updated_at {
            self.debt = self.debt_at(now);
            self.updated_at = now;
        }
        false
    }

    /// Goes on with another limit. The debt stays what it is in requests, rounded up by less than one unit.
    pub(crate) fn rebase(&mut self, limit: Limit) {
        let old = u128::from(self.cost().max(1));
        self.count = limit.count();
        self.window_seconds = limit.window_seconds();
        let debt = u128::from(self.debt)
            .saturating_mul(u128::from(self.cost()))
            .div_ceil(old);
        self.debt = u64::try_from(debt).unwrap_or(u64::MAX);
    }

    /// Goes on with the slower of its own limit and another: what several share may drain only as slowly as the
    /// slowest of them.
    pub(crate) fn slow_down(&mut self, limit: Limit) {
        let theirs = u64::from(limit.count()).saturating_mul(u64::from(self.window_seconds));
        let ours = u64::from(self.count).saturating_mul(u64::from(limit.window_seconds()));
        if theirs < ours {
            self.rebase(limit);
        }
    }

    /// The bucket with one request more, if a key with this limit has room for it.
    pub(crate) const fn spent(&self, limit: Limit) -> Option<Self> {
        let capacity = (limit.count() as u64).saturating_mul(self.cost());
        let debt = self.debt.saturating_add(self.cost());
        if debt > capacity {
            return None;
        }
        Some(Self { debt, ..*self })
    }

    /// Takes back a charge made at `updated_at`, under the same limit. At least what cannot have drained since is left of
    /// it, whatever others did meanwhile; giving back more could forgive somebody else's.
    pub(crate) fn refund(&mut self, updated_at: u64) {
        let drained = self
            .updated_at
            .saturating_sub(updated_at)
            .saturating_mul(u64::from(self.count));
        self.debt = self
            .debt
            .saturating_sub(self.cost().saturating_sub(drained));
    }

    /// Starts with the debt of a bucket that this key may have shared, in requests, up to its own capacity.
    pub(crate) fn inherit(&mut self, shared: &Self, limit: Limit) {
        let mut inherited = *shared;
        inherited.rebase(limit);
        let capacity = u64::from(limit.count()).saturating_mul(self.cost());
        self.debt = inherited.debt.min(capacity);
        self.updated_at = shared.updated_at;
    }

    /// Whole requests that a key with this limit has left, and the seconds until it has one more, rounded up.
    pub(crate) fn room(&self, limit: Limit) -> (u32, u32) {
        let used = self.debt.div_ceil(self.cost().max(1));
        let remaining = u64::from(limit.count()).saturating_sub(used);
        let remaining = u32::try_from(remaining).unwrap_or(u32::MAX);
        if self.debt == 0 && limit.count() > 0 {
            return (remaining, 0);
        }
        let next = limit.count().saturating_sub(remaining).saturating_sub(1);
        let excess = self
            .debt
            .saturating_sub(u64::from(next).saturating_mul(self.cost()));
        let seconds = match self.count {
            0 => u64::from(limit.window_seconds()),
            _ if limit.count() == 0 => u64::from(limit.window_seconds()),
            count => excess.div_ceil(u64::from(count)).div_ceil(MICROS_A_SECOND),
        };
        (remaining, u32::try_from(seconds).unwrap_or(u32::MAX))
    }
}
