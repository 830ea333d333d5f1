//! A fixed table of buckets in a shared store, and the exact way to charge it.
//!
//! **One set per key.** A keyed hash picks a set of 48 buckets and a 64-bit fingerprint in it. Every decision about a bucket
//! is one compare-and-set of its set, made again from what is there whenever somebody else was faster.
//!
//! **Memory is fixed.** A bucket without debt equals one that is not there, so its place may be taken; nothing else is
//! ever evicted. If a set is full of debts, a new key shares the fullest bucket, which from then on drains only at
//! the slowest rate of those who share it: some are refused early, nobody is admitted too often.
//!
//! **A tenant's users live in the tenant's set**, up to 20 of its 48 buckets; see [`member`].
//!
//! A table holds two buckets a slot. While live keys are at most half the slots, one key in 28 million is expected to
//! have to share, however users spread over tenants (none was seen in 200 fillings of 65,536 slots by 32,768 keys).
//!
//! **An address and a link** are charged one after the other. The link's bucket has the last word; if that refuses, the address's
//! is given back what is left of the charge.

mod bucket;
mod member;

use crate::charge::{BucketKey, Charge, ChargeOutcome, Counters};
use crate::gcra::Entry;
use crate::report::LimitReport;
use crate::store::{SET_ENTRIES, SetStore, StoreError};
use crate::time::Timestamp;
use bucket::{Bucket, Spent};

/// The shape of a table: how many sets, and the secret that spreads keys over them. All who share a store need the
/// same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitTable {
    sets: u32,
    seed: [u64; 2],
}

/// Where a key's bucket is: in which set, under which fingerprint.
#[derive(Clone, Copy)]
struct Place {
    set: u32,
    fingerprint: u64,
}

impl LimitTable {
    /// Slots of a table unless a setting says otherwise.
    pub const DEFAULT_SLOTS: u32 = 65_536;
    /// Users of one tenant crowd in one set: with two buckets a slot the other keys of that set find room.
    const BUCKETS_A_SLOT: u32 = 2;

    /// A table of at least so many slots. Exact while live keys are at most half of them.
    pub fn new(slots: u32, seed: [u64; 2]) -> Self {
        let per_set = u32::try_from(SET_ENTRIES).unwrap_or(u32::MAX);
        let sets = slots.saturating_mul(Self::BUCKETS_A_SLOT).div_ceil(per_set);
        Self {
            // A user's own set is another one than the tenant's.
            sets: sets.max(2),
            seed,
        }
    }

    /// How many sets the store has to hold, numbered from 0.
    pub const fn sets(&self) -> u32 {
        self.sets
    }

    fn place(&self, key: &BucketKey<'_>) -> Place {
        let (spread, fingerprint) = key.hash(self.seed);
        Place {
            set: pick(spread, self.sets),
            fingerprint,
        }
    }

    /// A key's place in any set but that one.
    fn place_outside(&self, key: &BucketKey<'_>, home: u32) -> Place {
        let (spread, fingerprint) = key.hash(self.seed);
        let set = pick(spread, self.sets.saturating_sub(1));
        Place {
            set: set.saturating_add(u32::from(set >= home)),
            fingerprint,
        }
    }
}

/// One of so many sets.
fn pick(spread: u64, sets: u32) -> u32 {
    let set = u128::from(spread).saturating_mul(u128::from(sets)) >> 64;
    u32::try_from(set).unwrap_or(0)
}

/// Counters in a table.
#[derive(Debug)]
pub struct TableCounters<'a, S> {
    table: &'a LimitTable,
    store: &'a mut S,
}

impl<'a, S: SetStore> TableCounters<'a, S> {
    /// Counters over a table in a store.
    pub const fn new(table: &'a LimitTable, store: &'a mut S) -> Self {
        Self { table, store }
    }

    fn one(&mut self, bucket: &Bucket, now: Timestamp) -> Result<ChargeOutcome, StoreError> {
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

    /// Spends from both or from neither: the second has the last word.
    fn two(
        &mut self,
        first: &Bucket,
        second: &Bucket,
        now: Timestamp,
    ) -> Result<ChargeOutcome, StoreError> {
        let (before, after) = match self.spend(first, now)? {
            Spent::Yes { before, after } => (before, after),
            Spent::No(entry) => {
                let other = self.bucket(second, now)?;
                let refused_by = Some(first.name);
                return Ok(ChargeOutcome::Refused(report(
                    (first, &entry),
                    (second, &other),
                    refused_by,
                )));
            }
        };
        let outcome = match self.spend(second, now) {
            Ok(Spent::Yes { after: other, .. }) => {
                let report = report((first, &after), (second, &other), None);
                return Ok(ChargeOutcome::Admitted(report));
            }
            Ok(Spent::No(other)) => Ok(ChargeOutcome::Refused(report(
                (first, &before),
                (second, &other),
                Some(second.name),
            ))),
            Err(error) => Err(error),
        };
        self.refund(first, &after, now)?;
        outcome
    }

    /// The buckets that a charge is spent from. A user's place is the one outside the tenant's set.
    fn buckets(&self, charge: &Charge<'_>) -> (Bucket, Option<Bucket>) {
        let bucket = |name, key: BucketKey<'_>, limit| Bucket {
            name,
            place: self.table.place(&key),
            limit,
        };
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
            } => {
                let key = BucketKey::User(tenant, user, class);
                let tenant = bucket("tenant", BucketKey::Tenant(tenant, class), limit.tenant);
                let user = Bucket {
                    name: "user",
                    place: self.table.place_outside(&key, tenant.place.set),
                    limit: limit.user,
                };
                (user, Some(tenant))
            }
        }
    }

    fn try_charge(
        &mut self,
        charge: &Charge<'_>,
        now: Timestamp,
    ) -> Result<ChargeOutcome, StoreError> {
        match self.buckets(charge) {
            (user, Some(tenant)) if matches!(charge, Charge::Member { .. }) => {
                self.member(&user, &tenant, now)
            }
            (first, Some(second)) => self.two(&first, &second, now),
            (only, None) => self.one(&only, now),
        }
    }

    fn try_look(&mut self, charge: &Charge<'_>, now: Timestamp) -> Result<LimitReport, StoreError> {
        let (first, second) = self.buckets(charge);
        let Some(second) = second else {
            let only = self.bucket(&first, now)?;
            return Ok(LimitReport::new(first.report(&only), None, None));
        };
        let one = match charge {
            Charge::Member { .. } => self.look_for_user(&first, &second, now)?,
            _ => self.bucket(&first, now)?,
        };
        let other = self.bucket(&second, now)?;
        Ok(report((&first, &one), (&second, &other), None))
    }
}

/// How two buckets look.
fn report(
    (first, one): (&Bucket, &Entry),
    (second, other): (&Bucket, &Entry),
    refused_by: Option<&'static str>,
) -> LimitReport {
    LimitReport::new(first.report(one), Some(second.report(other)), refused_by)
}

impl<S: SetStore> Counters for TableCounters<'_, S> {
    fn charge(&mut self, charge: &Charge<'_>, now: Timestamp) -> ChargeOutcome {
        let outcome = self.try_charge(charge, now);
        outcome.unwrap_or(ChargeOutcome::NotYet)
    }

    fn look(&mut self, charge: &Charge<'_>, now: Timestamp) -> Option<LimitReport> {
        self.try_look(charge, now).ok()
    }
}
