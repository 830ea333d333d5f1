//! The buckets of one set: which of them a key counts in.

use crate::gcra::Entry;
use crate::limit::Limit;
use crate::store::ENTRY_BYTES;

/// A bucket found in a set, up to date and reckoned with the key's limit.
pub(crate) struct Found {
    pub index: usize,
    pub entry: Entry,
    /// The clock was set back: this is to be stored even if nothing is spent, or the bucket would never drain.
    pub set_back: Option<Entry>,
}

/// The bucket a key counts in: its own, else a free place, else a shared one. `ask` tells the time again if a bucket
/// seems to come from the future.
pub(crate) fn find(
    value: &[u8],
    fingerprint: u64,
    limit: Limit,
    now: u64,
    ask: impl FnOnce() -> u64,
) -> Found {
    match position(value, fingerprint) {
        Some((index, entry)) => own(
            index,
            entry,
            limit,
            if entry.is_from_the_future(now) {
                ask()
            } else {
                now
            },
        ),
        None => newcomer(value, fingerprint, limit, now, ask),
    }
}

/// The bucket with that fingerprint, as it is stored.
pub(crate) fn position(value: &[u8], fingerprint: u64) -> Option<(usize, Entry)> {
    let wanted = fingerprint.to_le_bytes();
    let (index, bytes) = chunks(value)
        .enumerate()
        .find(|(_, bytes)| bytes.starts_with(&wanted))?;
    Some((index, Entry::decode(bytes)))
}

/// Puts a bucket into its place.
pub(crate) fn put(value: &mut [u8], index: usize, entry: &Entry) {
    if let Some(place) = value.as_chunks_mut::<ENTRY_BYTES>().0.get_mut(index) {
        *place = entry.encode();
    }
}

fn chunks(value: &[u8]) -> impl Iterator<Item = &[u8; ENTRY_BYTES]> {
    value.as_chunks::<ENTRY_BYTES>().0.iter()
}

fn own(index: usize, stored: Entry, limit: Limit, now: u64) -> Found {
    let mut entry = stored;
    let set_back = entry.settle(now).then_some(entry);
    if entry.debt == 0 {
        entry = Entry::fresh(entry.fingerprint, limit, entry.updated_at);
    } else if entry.shared {
        entry.slow_down(limit);
    } else if (entry.count, entry.window_seconds) != (limit.count(), limit.window_seconds()) {
        entry.rebase(limit);
    }
    Found {
        index,
        entry,
        set_back,
    }
}

/// A key without a bucket of its own. If some bucket of the set is shared, the key's debt may be in there: it
/// starts with all of that debt, in a free place if there is one.
fn newcomer(
    value: &[u8],
    fingerprint: u64,
    limit: Limit,
    now: u64,
    ask: impl FnOnce() -> u64,
) -> Found {
    let entries = || chunks(value).map(Entry::decode).enumerate();
    let set_back = entries().any(|(_, entry)| entry.debt > 0 && entry.is_from_the_future(now));
    let now = if set_back { ask() } else { now };
    let mut free = None;
    let mut shared: Option<Found> = None;
    let mut fullest: Option<Found> = None;
    for (index, mut entry) in entries() {
        let set_back = entry.settle(now).then_some(entry);
        if entry.debt == 0 {
            free = free.or(Some(index));
        } else if entry.shared {
            shared = Some(Found {
                index,
                entry,
                set_back,
            });
        } else if fullest
            .as_ref()
            .is_none_or(|other| drains_later(&entry, &other.entry))
        {
            fullest = Some(Found {
                index,
                entry,
                set_back,
            });
        }
    }
    let mut fresh = Entry::fresh(fingerprint, limit, now);
    match (free, shared, fullest) {
        (Some(index), Some(shared), _) => {
            fresh.inherit(&shared.entry, limit);
            Found {
                index,
                entry: fresh,
                set_back: None,
            }
        }
        (None, Some(mut found), _) | (None, None, Some(mut found)) => {
            found.entry.shared = true;
            found.entry.slow_down(limit);
            found
        }
        (free, None, _) => Found {
            index: free.unwrap_or(0),
            entry: fresh,
            set_back: None,
        },
    }
}

fn drains_later(one: &Entry, other: &Entry) -> bool {
    let time =
        |entry: &Entry, by: &Entry| u128::from(entry.debt).saturating_mul(u128::from(by.count));
    time(one, other) > time(other, one)
}
