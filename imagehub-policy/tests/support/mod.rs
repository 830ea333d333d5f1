//! A store that behaves as Envoy's shared data does.

use imagehub_policy::{Cas, CasResult, SetStore, StoreError, Timestamp};
use std::collections::BTreeMap;

/// Values with stamps from one counter. Setting compares the stamp if the key is there, and inserts under any stamp
/// if it is not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnvoyStore {
    pub values: BTreeMap<u32, (Vec<u8>, u32)>,
    pub last: u32,
    pub now: u64,
}

impl SetStore for EnvoyStore {
    fn load(&mut self, set: u32) -> Result<(Vec<u8>, Cas), StoreError> {
        Ok(self
            .values
            .get(&set)
            .map_or((Vec::new(), Cas::ABSENT), |(value, cas)| {
                (value.clone(), Cas(*cas))
            }))
    }

    fn compare_and_set(
        &mut self,
        set: u32,
        value: &[u8],
        cas: Cas,
    ) -> Result<CasResult, StoreError> {
        if self
            .values
            .get(&set)
            .is_some_and(|(_, current)| *current != cas.0)
        {
            return Ok(CasResult::Mismatch);
        }
        self.last += 1;
        self.values.insert(set, (value.to_vec(), self.last));
        Ok(CasResult::Done)
    }

    fn now(&mut self) -> Timestamp {
        Timestamp::from_micros(self.now)
    }
}
