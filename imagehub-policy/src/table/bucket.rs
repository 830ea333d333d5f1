//! One bucket: charged, looked at, given back.

use super::{Place, TableCounters};
use crate::gcra::Entry;
use crate::limit::Limit;
use crate::report::BucketReport;
use crate::set::{self, Found};
use crate::store::{Cas, CasResult, SET_BYTES, SetStore, StoreError};
use crate::time::Timestamp;

/// How often a compare-and-set is tried. Each loss is somebody else's success, so this many in a row do not happen
/// with any number of workers one could start.
pub(super) const MAX_ATTEMPTS: u32 = 256;

/// A bucket to be charged.
pub(super) struct Bucket {
    pub name: &'static str,
    pub place: Place,
    pub limit: Limit,
}

impl Bucket {
    pub fn report(&self, entry: &Entry) -> BucketReport {
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
pub(super) enum Spent {
    /// Room was found and taken. `before` is the bucket without, `after` with the charge.
    Yes {
        before: Entry,
        after: Entry,
    },
    No(Entry),
}

impl<S: SetStore> TableCounters<'_, S> {
    /// Takes one request out of a bucket, if it has room.
    pub(super) fn spend(&mut self, bucket: &Bucket, now: Timestamp) -> Result<Spent, StoreError> {
        let set = bucket.place.set;
        for _ in 0..MAX_ATTEMPTS {
            let (mut value, cas) = self.load(set)?;
            let found = self.find(&value, bucket, now);
            let before = found.entry;
            let Some(after) = before.spent(bucket.limit) else {
                if found.set_back {
                    self.heal(set)?;
                }
                return Ok(Spent::No(before));
            };
            set::put(&mut value, found.index, &after);
            if self.store.compare_and_set(set, &value, cas)? == CasResult::Done {
                return Ok(Spent::Yes { before, after });
            }
        }
        Err(StoreError)
    }

    /// How a bucket looks, without touching it.
    pub(super) fn bucket(&mut self, bucket: &Bucket, now: Timestamp) -> Result<Entry, StoreError> {
        let (value, _) = self.load(bucket.place.set)?;
        Ok(self.find(&value, bucket, now).entry)
    }

    /// Takes a charge back, as far as it has not drained since. If the bucket is gone or goes by another limit by
    /// now, the charge stands: at worst somebody waits for one request more.
    pub(super) fn refund(
        &mut self,
        bucket: &Bucket,
        charged: &Entry,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let set = bucket.place.set;
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

    /// The clock was set back: the set's debts stand from now on.
    pub(super) fn heal(&mut self, set: u32) -> Result<(), StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let (mut value, cas) = self.load(set)?;
            set::heal(&mut value, self.store.now().micros());
            if self.store.compare_and_set(set, &value, cas)? == CasResult::Done {
                return Ok(());
            }
        }
        Ok(())
    }

    pub(super) fn load(&mut self, set: u32) -> Result<(Vec<u8>, Cas), StoreError> {
        let (mut value, cas) = self.store.load(set)?;
        if value.len() != SET_BYTES {
            value.clear();
            value.resize(SET_BYTES, 0);
        }
        Ok((value, cas))
    }

    pub(super) fn find(&mut self, value: &[u8], bucket: &Bucket, now: Timestamp) -> Found {
        set::find(
            value,
            bucket.place.fingerprint,
            bucket.limit,
            now.micros(),
            || self.store.now().micros(),
        )
    }
}
