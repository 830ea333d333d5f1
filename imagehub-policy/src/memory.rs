//! Counters in memory, for one who serves without a proxy.

use crate::charge::{Charge, ChargeOutcome, Counters};
use crate::report::LimitReport;
use crate::store::{Cas, CasResult, SetStore, StoreError};
use crate::table::{LimitTable, TableCounters};
use crate::time::Timestamp;

/// Counters in this process's own memory; to share them, wrap them in a mutex, and
/// read the clock while holding it: a time read earlier looks like a clock that was set back.
#[derive(Debug)]
pub struct MemoryCounters {
    table: LimitTable,
    store: MemorySets,
}

#[derive(Debug)]
struct MemorySets {
    sets: Vec<Vec<u8>>,
    now: Timestamp,
}

impl MemoryCounters {
    /// A table of at least so many slots, all buckets full.
    pub fn new(slots: u32, seed: [u64; 2]) -> Self {
        let table = LimitTable::new(slots, seed);
        let sets = vec![Vec::new(); usize::try_from(table.sets()).unwrap_or(0)];
        Self {
            table,
            store: MemorySets {
                sets,
                now: Timestamp::default(),
            },
        }
    }
}

impl SetStore for MemorySets {
    fn load(&mut self, set: u32) -> Result<(Vec<u8>, Cas), StoreError> {
        let index = usize::try_from(set).map_err(|_| StoreError)?;
        Ok((self.sets.get(index).ok_or(StoreError)?.clone(), Cas(1)))
    }

    fn compare_and_set(&mut self, set: u32, value: &[u8], _: Cas) -> Result<CasResult, StoreError> {
        let index = usize::try_from(set).map_err(|_| StoreError)?;
        let place = self.sets.get_mut(index).ok_or(StoreError)?;
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
        self.store.now = now;
        TableCounters::new(&self.table, &mut self.store).charge(charge, now)
    }

    fn look(&mut self, charge: &Charge<'_>, now: Timestamp) -> Option<LimitReport> {
        self.store.now = now;
        TableCounters::new(&self.table, &mut self.store).look(charge, now)
    }
}
