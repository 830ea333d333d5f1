//! A fixed table of buckets in a shared store, and the exact way to charge it.
//!
//! **One group per key.** A keyed hash picks a group of 48 buckets and a 64-bit fingerprint in it. Every decision about a bucket
//! is one compare-and-set of its group, made again from what is there whenever somebody else was faster.
//!
//! **Memory is fixed.** A bucket without debt equals one that is not there, so its place may be taken; nothing else is
//! ever evicted. If a group is full of debts, a new key shares the fullest bucket, which from then on drains only at
//! the slowest rate of those who share it: some are refused early, nobody is admitted too often.
//!
//! While live keys are at most half the buckets, one key in 2.6 million is expected to have to share (none was seen in 200
//! fillings of 65,536 buckets by 32,768 keys).
//!
//! **Two buckets.** The user's is charged first and the tenant's has the last word; if that refuses, the user's is
//! given back what is left of the charge.

use crate::charge::{BucketKey, Charge, ChargeOutcome, Counters};
use crate::gcra::Entry;
use crate::limit::Limit;
use crate::report::{BucketReport, LimitReport};
use crate::slots::{
    Cas, CasResult, ENTRY_BYTES, GROUP_BYTES, GROUP_ENTRIES, SlotStore, StoreError,
};
use crate::time::Timestamp;

/// How often a compare-and-set is tried. Each loss is somebody else's success, so this many in a row do not happen
/// with any number of workers one could start.
const MAX_ATTEMPTS: u32 = 256;

/// The shape of a table: how many groups, and the secret that spreads keys over them. All who share a store need the
/// same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotTable {
    groups: u32,
    seed: [u64; 2],
}

impl SlotTable {
    /// Buckets in a table unless a setting says otherwise.
    pub const DEFAULT_SLOTS: u32 = 65_536;

    /// A table of at least so many buckets. Exact while live keys are at most half of them.
    pub fn new(slots: u32, seed: [u64; 2]) -> Self {
        let per_group = u32::try_from(GROUP_ENTRIES).unwrap_or(u32::MAX);
        Self {
            groups: slots.div_ceil(per_group).max(1),
            seed,
        }
    }

    /// How many groups the store has to hold, numbered from 0.
    pub const fn groups(&self) -> u32 {
        self.groups
    }

    fn place(&self, key: &BucketKey<'_>) -> (u32, u64) {
        let (spread, fingerprint) = key.hash(self.seed);
        let group = u128::from(spread).saturating_mul(u128::from(self.groups)) >> 64;
        (u32::try_from(group).unwrap_or(0), fingerprint)
    }
}

/// Counters in a table.
#[derive(Debug)]
pub struct TableCounters<'a, S> {
    table: &'a SlotTable,
    store: &'a mut S,
    exhausted: u64,
}

/// One bucket's decision.
enum Spent {
    /// Room was found and taken; `before` is how it looked without.
    Yes {
        before: BucketReport,
        after: BucketReport,
        receipt: Receipt,
    },
    No(BucketReport),
}

/// What is needed to take a charge back.
struct Receipt {
    group: u32,
    /// Of the bucket that was charged, which may be another key's.
    fingerprint: u64,
    charged: Entry,
}

/// A bucket found in a group, up to date.
struct Found {
    index: usize,
    entry: Entry,
    /// A clock was set back: store it whatever is decided.
    must_store: bool,
}

impl<'a, S: SlotStore> TableCounters<'a, S> {
    /// Counters over a table in a store.
    pub const fn new(table: &'a SlotTable, store: &'a mut S) -> Self {
        Self {
            table,
            store,
            exhausted: 0,
        }
    }

    /// How often a decision was given up, and the request refused, because others were always faster.
    pub const fn exhausted(&self) -> u64 {
        self.exhausted
    }

    fn member(
        &mut self,
        user: (BucketKey<'_>, Limit),
        tenant: (BucketKey<'_>, Limit),
        now: Timestamp,
    ) -> Result<ChargeOutcome, StoreError> {
        let (user_after, user_before, receipt) = match self.spend("user", &user.0, user.1, now)? {
            Spent::Yes {
                before,
                after,
                receipt,
            } => (after, before, receipt),
            Spent::No(refusing) => {
                let other = self.look("tenant", &tenant.0, tenant.1, now)?;
                return Ok(ChargeOutcome::Refused(LimitReport::new(
                    refusing,
                    Some(other),
                    Some("user"),
                )));
            }
        };
        match self.spend("tenant", &tenant.0, tenant.1, now) {
            Ok(Spent::Yes { after, .. }) => Ok(ChargeOutcome::Admitted(LimitReport::new(
                user_after,
                Some(after),
                None,
            ))),
            Ok(Spent::No(refusing)) => {
                self.refund(&receipt, now)?;
                Ok(ChargeOutcome::Refused(LimitReport::new(
                    user_before,
                    Some(refusing),
                    Some("tenant"),
                )))
            }
            Err(error) => {
                self.refund(&receipt, now)?;
                Err(error)
            }
        }
    }

    /// Takes one request out of a bucket, if it has room.
    fn spend(
        &mut self,
        name: &'static str,
        key: &BucketKey<'_>,
        limit: Limit,
        now: Timestamp,
    ) -> Result<Spent, StoreError> {
        let (group, fingerprint) = self.table.place(key);
        let mut last = None;
        for _ in 0..MAX_ATTEMPTS {
            let (mut value, cas) = self.load(group)?;
            let Found {
                index,
                mut entry,
                must_store,
            } = self.find(&value, fingerprint, limit, now);
            let before = report(name, &entry, limit);
            let admitted = entry.spend(limit);
            if !admitted && !must_store {
                return Ok(Spent::No(before));
            }
            put(&mut value, index, &entry);
            if self.store.compare_and_set(group, &value, cas)? == CasResult::Mismatch {
                last = Some(before);
                continue;
            }
            if !admitted {
                return Ok(Spent::No(before));
            }
            let after = report(name, &entry, limit);
            let receipt = Receipt {
                group,
                fingerprint: entry.fingerprint,
                charged: entry,
            };
            return Ok(Spent::Yes {
                before,
                after,
                receipt,
            });
        }
        self.exhausted = self.exhausted.saturating_add(1);
        Ok(Spent::No(last.unwrap_or(BucketReport {
            name,
            limit,
            remaining: 0,
            next_in: 1,
        })))
    }

    /// How a bucket looks, without touching it.
    fn look(
        &mut self,
        name: &'static str,
        key: &BucketKey<'_>,
        limit: Limit,
        now: Timestamp,
    ) -> Result<BucketReport, StoreError> {
        let (group, fingerprint) = self.table.place(key);
        let (value, _) = self.load(group)?;
        Ok(report(
            name,
            &self.find(&value, fingerprint, limit, now).entry,
            limit,
        ))
    }

    /// Takes a charge back, as far as it has not drained since. If the bucket is gone or goes by another limit by
    /// now, the charge stands: at worst somebody waits for one request more.
    fn refund(&mut self, receipt: &Receipt, now: Timestamp) -> Result<(), StoreError> {
        let charged = &receipt.charged;
        for _ in 0..MAX_ATTEMPTS {
            let (mut value, cas) = self.load(receipt.group)?;
            let Some((index, mut entry)) =
                entries(&value).find(|(_, entry)| entry.fingerprint == receipt.fingerprint)
            else {
                return Ok(());
            };
            if (entry.count, entry.window_seconds) != (charged.count, charged.window_seconds) {
                return Ok(());
            }
            entry.settle(now.micros());
            // At least this much of the charge is left, whatever others did meanwhile. Giving back more could
            // forgive somebody else's.
            let drained = entry
                .stamp
                .saturating_sub(charged.stamp)
                .saturating_mul(u64::from(entry.count));
            entry.debt = entry
                .debt
                .saturating_sub(entry.cost().saturating_sub(drained));
            put(&mut value, index, &entry);
            if self.store.compare_and_set(receipt.group, &value, cas)? == CasResult::Done {
                return Ok(());
            }
        }
        self.exhausted = self.exhausted.saturating_add(1);
        Ok(())
    }

    fn load(&mut self, group: u32) -> Result<(Vec<u8>, Cas), StoreError> {
        let (mut value, cas) = self.store.load(group)?;
        if value.len() != GROUP_BYTES {
            value.clear();
            value.resize(GROUP_BYTES, 0);
        }
        Ok((value, cas))
    }

    /// The bucket a key counts in: its own, else a free place, else a shared one.
    fn find(&mut self, value: &[u8], fingerprint: u64, limit: Limit, now: Timestamp) -> Found {
        if let Some((index, entry)) =
            entries(value).find(|(_, entry)| entry.fingerprint == fingerprint)
        {
            let now = self.now_for(&entry, now);
            return own(index, entry, limit, now);
        }
        self.newcomer(value, fingerprint, limit, now)
    }

    /// A key without a bucket of its own. If some bucket of the group is shared, the key's debt may be in there: it
    /// starts with all of that debt, in a free place if there is one.
    fn newcomer(&mut self, value: &[u8], fingerprint: u64, limit: Limit, now: Timestamp) -> Found {
        let newest = entries(value)
            .map(|(_, entry)| entry)
            .filter(|entry| entry.debt > 0)
            .max_by_key(|entry| entry.stamp);
        let now = newest.map_or(now.micros(), |entry| self.now_for(&entry, now));
        let mut free = None;
        let mut shared: Option<Found> = None;
        let mut fullest: Option<Found> = None;
        for (index, mut entry) in entries(value) {
            let must_store = entry.settle(now);
            if entry.debt == 0 {
                free = free.or(Some(index));
                continue;
            }
            let found = Found {
                index,
                entry,
                must_store,
            };
            if entry.shared {
                shared = Some(found);
            } else if fullest
                .as_ref()
                .is_none_or(|other| drains_later(&entry, &other.entry))
            {
                fullest = Some(found);
            }
        }
        let mut fresh = Entry::fresh(fingerprint, limit, now);
        match (free, shared.or(fullest)) {
            (Some(index), Some(Found { entry, .. })) if entry.shared => {
                let mut inherited = entry;
                inherited.rebase(limit);
                let capacity = u64::from(limit.count()).saturating_mul(fresh.cost());
                fresh.debt = inherited.debt.min(capacity);
                fresh.stamp = entry.stamp;
                Found {
                    index,
                    entry: fresh,
                    must_store: false,
                }
            }
            (None, Some(mut found)) => {
                found.entry.shared = true;
                found.entry.slow_down(limit);
                found
            }
            (free, _) => Found {
                index: free.unwrap_or(0),
                entry: fresh,
                must_store: false,
            },
        }
    }

    /// The time to settle a bucket at: asked for again if the bucket seems to come from the future.
    fn now_for(&mut self, entry: &Entry, now: Timestamp) -> u64 {
        if entry.is_from_the_future(now.micros()) {
            self.store.now().micros()
        } else {
            now.micros()
        }
    }
}

/// A key's own bucket, brought up to date and to the key's limit.
fn own(index: usize, mut entry: Entry, limit: Limit, now: u64) -> Found {
    let must_store = entry.settle(now);
    if entry.debt == 0 {
        entry = Entry::fresh(entry.fingerprint, limit, entry.stamp.max(now));
    } else if entry.shared {
        entry.slow_down(limit);
    } else if (entry.count, entry.window_seconds) != (limit.count(), limit.window_seconds()) {
        entry.rebase(limit);
    }
    Found {
        index,
        entry,
        must_store,
    }
}

fn drains_later(one: &Entry, other: &Entry) -> bool {
    let time =
        |entry: &Entry, by: &Entry| u128::from(entry.debt).saturating_mul(u128::from(by.count));
    time(one, other) > time(other, one)
}

fn entries(value: &[u8]) -> impl Iterator<Item = (usize, Entry)> + '_ {
    value
        .as_chunks::<ENTRY_BYTES>()
        .0
        .iter()
        .map(Entry::decode)
        .enumerate()
}

fn put(value: &mut [u8], index: usize, entry: &Entry) {
    if let Some(place) = value.as_chunks_mut::<ENTRY_BYTES>().0.get_mut(index) {
        *place = entry.encode();
    }
}

fn report(name: &'static str, entry: &Entry, limit: Limit) -> BucketReport {
    let (remaining, next_in) = entry.room(limit);
    BucketReport {
        name,
        limit,
        remaining,
        next_in,
    }
}

impl<S: SlotStore> Counters for TableCounters<'_, S> {
    fn charge(&mut self, charge: &Charge<'_>, now: Timestamp) -> ChargeOutcome {
        let outcome = match *charge {
            Charge::Anonymous {
                address,
                class,
                limit,
            } => self
                .spend("address", &BucketKey::Address(address, class), limit, now)
                .map(|spent| match spent {
                    Spent::Yes { after, .. } => {
                        ChargeOutcome::Admitted(LimitReport::new(after, None, None))
                    }
                    Spent::No(refusing) => {
                        ChargeOutcome::Refused(LimitReport::new(refusing, None, Some("address")))
                    }
                }),
            Charge::Member {
                tenant,
                user,
                class,
                limit,
            } => self.member(
                (BucketKey::User(tenant, user, class), limit.user),
                (BucketKey::Tenant(tenant, class), limit.tenant),
                now,
            ),
        };
        outcome.unwrap_or(ChargeOutcome::NotYet)
    }
}

/// Counters in this process's own memory, for one who serves without a proxy. To share them, wrap them in a mutex, and
/// read the clock while holding it: a time read earlier looks like a clock that was set back.
#[derive(Debug)]
pub struct MemoryCounters {
    table: SlotTable,
    slots: MemorySlots,
}

#[derive(Debug)]
struct MemorySlots {
    groups: Vec<Vec<u8>>,
    now: Timestamp,
}

impl MemoryCounters {
    /// A table of at least so many buckets, all full.
    pub fn new(slots: u32, seed: [u64; 2]) -> Self {
        let table = SlotTable::new(slots, seed);
        let groups = vec![Vec::new(); usize::try_from(table.groups()).unwrap_or(0)];
        Self {
            table,
            slots: MemorySlots {
                groups,
                now: Timestamp::default(),
            },
        }
    }
}

impl SlotStore for MemorySlots {
    fn load(&mut self, group: u32) -> Result<(Vec<u8>, Cas), StoreError> {
        let index = usize::try_from(group).map_err(|_| StoreError)?;
        Ok((self.groups.get(index).ok_or(StoreError)?.clone(), Cas(1)))
    }

    fn compare_and_set(
        &mut self,
        group: u32,
        value: &[u8],
        _: Cas,
    ) -> Result<CasResult, StoreError> {
        let index = usize::try_from(group).map_err(|_| StoreError)?;
        let place = self.groups.get_mut(index).ok_or(StoreError)?;
        place.clear();
        place.extend_from_slice(value);
        Ok(CasResult::Done)
    }

    fn now(&mut self) -> Timestamp {
        self.now
    }
}

impl Counters for MemoryCounters {
    fn charge(&mut self, charge: &Charge<'_>, now: Timestamp) -> ChargeOutcome {
        self.slots.now = now;
        TableCounters::new(&self.table, &mut self.slots).charge(charge, now)
    }
}
