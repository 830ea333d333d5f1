//! The counters' place: Envoy's shared data, the same for every worker of a proxy.
//!
//! A fixed table, made once. The number of entries never grows: keys of shared data cannot be removed. All of a
//! table's keys carry the layout of its sets and its size, so that a table of another kind starts afresh.

use imagehub_policy::{
    Cas, CasResult, Charge, ChargeOutcome, Counters, LimitReport, LimitTable, SET_BYTES, SetStore,
    StoreError, TableCounters, Timestamp,
};
use proxy_wasm::types::Status;

use crate::host;

const SEED_KEY: &str = "limits/seed";
/// What a table's keys begin with. The number is the layout of its sets: another layout, another number.
const TABLE: &str = "limits/v2/";

/// Makes the table of at least so many slots, unless another worker has: with a seed that all workers use and
/// nobody can guess.
pub fn prepare(slots: u32) -> Option<LimitTable> {
    let table = LimitTable::new(slots, shared_seed()?);
    let ready = format!("{TABLE}{}/ready", table.sets());
    if host::shared_data(&ready).is_none() {
        let empty = [0; SET_BYTES];
        for set in 0..table.sets() {
            create(&key(&table, set), &empty).ok()?;
        }
        create(&ready, &[1]).ok()?;
    }
    Some(table)
}

fn shared_seed() -> Option<[u64; 2]> {
    create(SEED_KEY, &host::random()?).ok()?;
    let (seed, _) = host::shared_data(SEED_KEY)?;
    let (low, rest) = seed.split_first_chunk()?;
    let (high, _) = rest.split_first_chunk()?;
    Some([u64::from_le_bytes(*low), u64::from_le_bytes(*high)])
}

/// Writes a shared value only where there is none yet.
fn create(key: &str, value: &[u8]) -> Result<(), Status> {
    match host::set_shared_data(key, value, Cas::ABSENT.0) {
        Err(Status::CasMismatch) => Ok(()),
        done => done,
    }
}

/// Every limited request needs one: written without the formatting machinery.
fn key(table: &LimitTable, set: u32) -> String {
    let mut key = String::with_capacity(32);
    key.push_str(TABLE);
    push_hex(&mut key, table.sets());
    key.push('/');
    push_hex(&mut key, set);
    key
}

fn push_hex(text: &mut String, number: u32) {
    for byte in number.to_be_bytes() {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
        }
    }
}

/// Shared data as the limiter sees it.
struct SharedSets<'a>(&'a LimitTable);

impl SetStore for SharedSets<'_> {
    fn load(&mut self, set: u32) -> Result<(Vec<u8>, Cas), StoreError> {
        Ok(host::shared_data(&key(self.0, set))
            .map_or((Vec::new(), Cas::ABSENT), |(value, version)| {
                (value, Cas(version))
            }))
    }

    fn compare_and_set(
        &mut self,
        set: u32,
        value: &[u8],
        cas: Cas,
    ) -> Result<CasResult, StoreError> {
        match host::set_shared_data(&key(self.0, set), value, cas.0) {
            Ok(()) => Ok(CasResult::Done),
            Err(Status::CasMismatch) => Ok(CasResult::Mismatch),
            Err(_) => Err(StoreError),
        }
    }

    fn now(&mut self) -> Timestamp {
        host::now()
    }
}

/// The counters in a table.
pub struct SharedCounters<'a>(pub &'a LimitTable);

impl Counters for SharedCounters<'_> {
    fn charge(&mut self, charge: &Charge<'_>, now: Timestamp) -> ChargeOutcome {
        TableCounters::new(self.0, &mut SharedSets(self.0)).charge(charge, now)
    }

    fn look(&mut self, charge: &Charge<'_>, now: Timestamp) -> Option<LimitReport> {
        TableCounters::new(self.0, &mut SharedSets(self.0)).look(charge, now)
    }
}
