//! A fixed table of buckets in a shared store, and the exact way to charge it.
//!
//! **One set per key.** A keyed hash picks a set of 48 buckets and a 64-bit fingerprint in it. Every decision about a bucket
//! is one compare-and-set of its set, made again from what is there whenever somebody else was faster.
//!
//! **Memory is fixed.** A bucket without debt equals one that is not there, so its place may be taken; nothing else is
//! ever evicted. If a set is full of debts, a new key shares the fullest bucket, which from then on drains only at
//! the slowest rate of those who share it: some are refused early, nobody is admitted too often.
//!
//! While live keys are at most half the buckets, one key in 2.6 million is expected to have to share (none was seen in 200
//! fillings of 65,536 buckets by 32,768 keys).
//!
//! **Two buckets.** The user's is charged first and the tenant's has the last word; if that refuses, the user's is
//! given back what is left of the charge. An address and a link are charged alike.

use crate::charge::{BucketKey, Charge, ChargeOutcome, Counters};
use crate::gcra::Entry;
use crate::limit::Limit;
use crate::report::{BucketReport, LimitReport};
use crate::set::{self, Found};
use crate::store::{Cas, CasResult, SET_BYTES, SET_ENTRIES, SetStore, StoreError};
use crate::time::Timestamp;

/// How often a compare-and-set is tried. Each loss is somebody else's success, so this many in a row do not happen
/// with any number of workers one could start.
const MAX_ATTEMPTS: u32 = 256;

/// The shape of a table: how many sets, and the secret that spreads keys over them. All who share a store need the
/// same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitTable {
    sets: u32,
    seed: [u64; 2],
}

impl LimitTable {
    /// Buckets in a table unless a setting says otherwise.
    pub const DEFAULT_ENTRIES: u32 = 65_536;

    /// A table of at least so many buckets. Exact while live keys are at most half of them.
    pub fn new(entries: u32, seed: [u64; 2]) -> Self {
        let per_set = u32::try_from(SET_ENTRIES).unwrap_or(u32::MAX);
        Self {
            sets: entries.div_ceil(per_set).max(1),
            seed,
        }
    }

    /// How many sets the store has to hold, numbered from 0.
    pub const fn sets(&self) -> u32 {
        self.sets
    }

    /// A key's set, and its fingerprint there.
    fn place(&self, key: &BucketKey<'_>) -> (u32, u64) {
        let (spread, fingerprint) = key.hash(self.seed);
        let set = u128::from(spread).saturating_mul(u128::from(self.sets)) >> 64;
        (u32::try_from(set).unwrap_or(0), fingerprint)
    }
}

/// Counters in a table.
#[derive(Debug)]
pub struct TableCounters<'a, S> {
    table: &'a LimitTable,
    store: &'a mut S,
}

/// A bucket to be charged.
struct Bucket<'k> {
    name: &'static str,
    key: BucketKey<'k>,
    limit: Limit,
}

impl Bucket<'_> {
    fn report(&self, entry: &Entry) -> BucketReport {
        let (remaining, next_in) = entry.room(self.limit);
        BucketReport {
            name: self.name,
            limit: self.limit,
            remaining,
            next_in,
        }
    }
}

/// One bucket's decision, and how the bucket looks.
enum Spent {
    /// Room was found and taken. `before` is the bucket without, `after` with the charge.
    Yes {
        set: u32,
        before: Entry,
        after: Entry,
    },
    No(Entry),
}

impl<'a, S: SetStore> TableCounters<'a, S> {
    /// Counters over a table in a store.
    pub const fn new(table: &'a LimitTable, store: &'a mut S) -> Self {
        Self { table, store }
    }

    fn one(&mut self, bucket: &Bucket<'_>, now: Timestamp) -> Result<ChargeOutcome, StoreError> {
        Ok(match self.spend(bucket, now)? {
            Spent::Yes { after, .. } => {
                ChargeOutcome::Admitted(LimitReport::new(bucket.report(&after), None, None))
            }
            Spent::No(entry) => ChargeOutcome::Refused(LimitReport::new(
                bucket.report(&entry),
                None,
                Some(bucket.name),
            )),
        })
    }

    fn two(
        &mut self,
        first: &Bucket<'_>,
        second: &Bucket<'_>,
        now: Timestamp,
    ) -> Result<ChargeOutcome, StoreError> {
        let report = |one: &Entry, other: &Entry, refused_by| {
            LimitReport::new(first.report(one), Some(second.report(other)), refused_by)
        };
        let (set, before, after) = match self.spend(first, now)? {
            Spent::Yes { set, before, after } => (set, before, after),
            Spent::No(entry) => {
                let other = self.look(second, now)?;
                return Ok(ChargeOutcome::Refused(report(
                    &entry,
                    &other,
                    Some(first.name),
                )));
            }
        };
        match self.spend(second, now) {
            Ok(Spent::Yes { after: other, .. }) => {
                Ok(ChargeOutcome::Admitted(report(&after, &other, None)))
            }
            Ok(Spent::No(other)) => {
                self.refund(set, &after, now)?;
                Ok(ChargeOutcome::Refused(report(
                    &before,
                    &other,
                    Some(second.name),
                )))
            }
            Err(error) => {
                self.refund(set, &after, now)?;
                Err(error)
            }
        }
    }

    /// Takes one request out of a bucket, if it has room.
    fn spend(&mut self, bucket: &Bucket<'_>, now: Timestamp) -> Result<Spent, StoreError> {
        let (set, fingerprint) = self.table.place(&bucket.key);
        for _ in 0..MAX_ATTEMPTS {
            let (mut value, cas) = self.load(set)?;
            let found = self.find(&value, fingerprint, bucket.limit, now);
            let before = found.entry;
            let mut after = before;
            let admitted = after.spend(bucket.limit);
            if admitted {
                set::put(&mut value, found.index, &after);
            } else if let Some(settled) = found.set_back {
                set::put(&mut value, found.index, &settled);
            } else {
                return Ok(Spent::No(before));
            }
            if self.store.compare_and_set(set, &value, cas)? == CasResult::Mismatch {
                continue;
            }
            return Ok(if admitted {
                Spent::Yes { set, before, after }
            } else {
                Spent::No(before)
            });
        }
        Err(StoreError)
    }

    /// How a bucket looks, without touching it.
    fn look(&mut self, bucket: &Bucket<'_>, now: Timestamp) -> Result<Entry, StoreError> {
        let (set, fingerprint) = self.table.place(&bucket.key);
        let (value, _) = self.load(set)?;
        Ok(self.find(&value, fingerprint, bucket.limit, now).entry)
    }

    /// Takes a charge back, as far as it has not drained since. If the bucket is gone or goes by another limit by
    /// now, the charge stands: at worst somebody waits for one request more.
    fn refund(&mut self, set: u32, charged: &Entry, now: Timestamp) -> Result<(), StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let (mut value, cas) = self.load(set)?;
            let Some((index, mut entry)) = set::position(&value, charged.fingerprint) else {
                return Ok(());
            };
            if (entry.count, entry.window_seconds) != (charged.count, charged.window_seconds) {
                return Ok(());
            }
            let late = entry.is_from_the_future(now.micros());
            entry.settle(if late { self.store.now() } else { now }.micros());
            entry.refund(charged.updated_at);
            set::put(&mut value, index, &entry);
            if self.store.compare_and_set(set, &value, cas)? == CasResult::Done {
                return Ok(());
            }
        }
        Ok(())
    }

    fn load(&mut self, set: u32) -> Result<(Vec<u8>, Cas), StoreError> {
        let (mut value, cas) = self.store.load(set)?;
        if value.len() != SET_BYTES {
            value.clear();
            value.resize(SET_BYTES, 0);
        }
        Ok((value, cas))
    }

    fn find(&mut self, value: &[u8], fingerprint: u64, limit: Limit, now: Timestamp) -> Found {
        set::find(value, fingerprint, limit, now.micros(), || {
            self.store.now().micros()
        })
    }
}

/// The buckets that a charge is spent from.
fn buckets<'k>(charge: &Charge<'k>) -> (Bucket<'k>, Option<Bucket<'k>>) {
    let bucket = |name, key, limit| Bucket { name, key, limit };
    match *charge {
        Charge::Anonymous {
            address,
            class,
            limit,
        } => (
            bucket("address", BucketKey::Address(address, class), limit),
            None,
        ),
        Charge::Link {
            address,
            link,
            class,
            by_address,
            by_link,
        } => (
            bucket("address", BucketKey::Address(address, class), by_address),
            Some(bucket("link", BucketKey::Link(link, class), by_link)),
        ),
        Charge::BadToken { address, limit } => (
            bucket("bad_token", BucketKey::BadToken(address), limit),
            None,
        ),
        Charge::Verification { address, limit } => {
            let key = BucketKey::Verification(address);
            (bucket("verification", key, limit), None)
        }
        Charge::Member {
            tenant,
            user,
            class,
            limit,
        } => (
            bucket("user", BucketKey::User(tenant, user, class), limit.user),
            Some(bucket(
                "tenant",
                BucketKey::Tenant(tenant, class),
                limit.tenant,
            )),
        ),
    }
}

impl<S: SetStore> Counters for TableCounters<'_, S> {
    fn charge(&mut self, charge: &Charge<'_>, now: Timestamp) -> ChargeOutcome {
        // One call for all pairs: the compiler would write it out for each.
        let (first, second) = buckets(charge);
        let outcome = match &second {
            None => self.one(&first, now),
            Some(second) => self.two(&first, second, now),
        };
        outcome.unwrap_or(ChargeOutcome::NotYet)
    }

    fn remaining(&mut self, charge: &Charge<'_>, now: Timestamp) -> u32 {
        let (first, _) = buckets(charge);
        self.look(&first, now)
            .map_or(0, |entry| entry.room(first.limit).0)
    }
}
