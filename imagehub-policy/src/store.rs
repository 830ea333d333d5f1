//! The port to a table that several workers share: values that are read whole and replaced by compare-and-set.

use crate::time::Timestamp;
use thiserror::Error;

/// Buckets in one set. A key may have any place in its set, so that one compare-and-set decides.
pub const SET_ENTRIES: usize = 48;
pub(crate) const ENTRY_BYTES: usize = 32;
/// Behind the buckets: until when some user of the set may have debt elsewhere.
pub(crate) const MARK_BYTES: usize = 8;
/// The size of a set's value: 1.5 KiB.
pub const SET_BYTES: usize = SET_ENTRIES * ENTRY_BYTES + MARK_BYTES;

/// Which version of a value was read; means something to the store alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cas(pub u32);

impl Cas {
    /// What a store answers for a value that is not there. Setting with it must succeed only while it still is not:
    /// Envoy inserts under any non-zero stamp if the key is missing, and compares it otherwise.
    pub const ABSENT: Self = Self(u32::MAX);
}

/// What came of a compare-and-set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CasResult {
    /// The value is set.
    Done,
    /// Somebody else was faster: read it again.
    Mismatch,
}

/// The store does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the store of counters failed")]
pub struct StoreError;

/// Groups of buckets, shared by everyone who counts.
pub trait SetStore {
    /// A set's value and version; an empty value if there is none yet.
    fn load(&mut self, set: u32) -> Result<(Vec<u8>, Cas), StoreError>;

    /// Replaces a set's value if it is still of that version.
    fn compare_and_set(
        &mut self,
        set: u32,
        value: &[u8],
        cas: Cas,
    ) -> Result<CasResult, StoreError>;

    /// The time now. Asked only when a value seems to come from the future.
    fn now(&mut self) -> Timestamp;
}
