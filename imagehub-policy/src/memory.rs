//! Counters in memory, for one who serves without a proxy.

use crate::charge::{Charge, ChargeOutcome, Counters};
use crate::slots::{Cas, CasResult, SlotStore, StoreError};
use crate::table::{SlotTable, TableCounters};
use crate::time::Timestamp;

/// Counters in this process's own memory; to share them, wrap them in a mutex, and
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

    fn remaining(&mut self, charge: &Charge<'_>, now: Timestamp) -> u32 {
        self.slots.now = now;
        TableCounters::new(&self.table, &mut self.slots).remaining(charge, now)
    }
}
