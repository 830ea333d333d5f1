//! The counters' place: Envoy's shared data, the same for every worker of a proxy.
//!
//! A fixed table, made once. The number of entries never grows: keys of shared data cannot be removed.

use imagehub_policy::{
    AddressKey, Cas, CasResult, Charge, ChargeOutcome, Counters, GROUP_BYTES, SlotStore, SlotTable,
    StoreError, TableCounters, Timestamp,
};

use crate::client::Client;
use crate::host::{self, Status};

const SEED_KEY: &[u8] = b"limits/seed";
const READY_KEY: &[u8] = b"limits/ready/";

/// Makes the table of so many buckets, unless another worker has: with a seed that all workers use and nobody can guess.
///
/// # Errors
/// The proxy's status.
pub fn prepare(slots: u32) -> Result<SlotTable, Status> {
    let table = SlotTable::new(slots, shared_seed()?);
    let ready = [READY_KEY, &table.groups().to_le_bytes()].concat();
    if host::shared_data(&ready) == Err(Status::NOT_FOUND) {
        let empty = [0; GROUP_BYTES];
        for group in 0..table.groups() {
            host::create_shared_data(&group_key(group), &empty)?;
        }
        host::create_shared_data(&ready, &[1])?;
    }
    Ok(table)
}

fn shared_seed() -> Result<[u64; 2], Status> {
    host::create_shared_data(SEED_KEY, &host::random()?)?;
    let (seed, _) = host::shared_data(SEED_KEY)?;
    let (low, rest) = seed.split_first_chunk().ok_or(Status::NOT_FOUND)?;
    let (high, _) = rest.split_first_chunk().ok_or(Status::NOT_FOUND)?;
    Ok([u64::from_le_bytes(*low), u64::from_le_bytes(*high)])
}

fn group_key(group: u32) -> [u8; 5] {
    let [a, b, c, d] = group.to_le_bytes();
    [b'g', a, b, c, d]
}

/// Shared data as the limiter sees it.
struct SharedSlots;

impl SlotStore for SharedSlots {
    fn load(&mut self, group: u32) -> Result<(Vec<u8>, Cas), StoreError> {
        match host::shared_data(&group_key(group)) {
            Ok((value, stamp)) => Ok((value, Cas(stamp))),
            Err(Status::NOT_FOUND) => Ok((Vec::new(), Cas::ABSENT)),
            Err(_) => Err(StoreError),
        }
    }

    fn compare_and_set(
        &mut self,
        group: u32,
        value: &[u8],
        cas: Cas,
    ) -> Result<CasResult, StoreError> {
        match host::set_shared_data(&group_key(group), value, cas.0) {
            Ok(()) => Ok(CasResult::Done),
            Err(Status::CAS_MISMATCH) => Ok(CasResult::Mismatch),
            Err(_) => Err(StoreError),
        }
    }

    fn now(&mut self) -> Timestamp {
        host::now().map_or_else(|_| Timestamp::default(), Timestamp::from_nanos)
    }
}

/// The counters of one request. Who the client is gets asked only when an anonymous limit needs it.
pub struct SharedCounters<'a> {
    table: &'a SlotTable,
    client: Client<'a>,
}

impl<'a> SharedCounters<'a> {
    /// The counters in `table`, for a request of `client`.
    pub fn new(table: &'a SlotTable, client: Client<'a>) -> Self {
        Self { table, client }
    }
}

impl Counters for SharedCounters<'_> {
    fn charge(&mut self, charge: &Charge<'_>, now: Timestamp) -> ChargeOutcome {
        let mut charge = *charge;
        if let Charge::Anonymous { address, .. } | Charge::Link { address, .. } = &mut charge {
            *address = AddressKey::of(self.client.address());
        }
        TableCounters::new(self.table, &mut SharedSlots).charge(&charge, now)
    }
}
