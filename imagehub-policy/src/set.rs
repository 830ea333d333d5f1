//! The buckets of one set: which of them a key counts in.

use crate::gcra::Entry;
use crate::limit::{Limit, MICROS_A_SECOND};
use crate::store::{ENTRY_BYTES, MARK_BYTES};

/// Users take free places of their tenant's set while fewer of them than this are taken. The rest is left to keys that have
/// no other set to go to.
const USERS_ENTER_BELOW: usize = 20;
/// The longest time from now that a mark can be meant to last.
const LONGEST_MARK_MICROS: u64 = Limit::MAX_WINDOW_SECONDS as u64 * MICROS_A_SECOND;

/// A bucket found in a set, up to date and reckoned with the key's limit.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    pub index: usize,
    pub entry: Entry,
    /// The clock was set back: the set is to be [healed](heal) even if nothing is spent.
    pub set_back: bool,
}

/// Where a user stands in the tenant's set.
pub(crate) enum Seat {
    /// The user's bucket is here.
    Own(Found),
    /// It is not here, and there is room.
    Free(Found),
    /// There is no room: whatever of the user's is here has no debt.
    None,
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
        Some((index, entry)) => own(index, entry, limit, now, ask),
        None => newcomer(value, fingerprint, limit, now, ask),
    }
}

/// Where a user stands in the tenant's set. No debt of a user who has no bucket here can be in a shared one: users
/// without a place go elsewhere.
pub(crate) fn seat(
    value: &[u8],
    fingerprint: u64,
    limit: Limit,
    now: u64,
    mut ask: impl FnMut() -> u64,
) -> Seat {
    let stored = position(value, fingerprint);
    let found = stored.map(|(index, entry)| own(index, entry, limit, now, &mut ask));
    if let Some(found) = found.as_ref()
        && found.entry.debt > 0
    {
        return Seat::Own(*found);
    }
    let now = told_again(value, now, ask);
    let taken = entries(value)
        .filter(|entry| entry.debt_at(now) > 0)
        .count();
    if taken >= USERS_ENTER_BELOW {
        return Seat::None;
    }
    found.map_or_else(
        || {
            Seat::Free(Found {
                index: longest_free(value, now).unwrap_or(0),
                entry: Entry::fresh(fingerprint, limit, now),
                set_back: false,
            })
        },
        Seat::Own,
    )
}

/// The place without debt that was used last the longest time ago: who used it may come back.
fn longest_free(value: &[u8], now: u64) -> Option<usize> {
    let places = entries(value).enumerate();
    let free = places.filter(|(_, entry)| entry.debt_at(now) == 0);
    let (index, _) = free.min_by_key(|(_, entry)| entry.updated_at)?;
    Some(index)
}

/// Takes a user's bucket out of the set, if it is there.
pub(crate) fn vacate(value: &mut [u8], fingerprint: u64) {
    if let Some((index, _)) = position(value, fingerprint) {
        put(value, index, &Entry::default());
    }
}

/// The bucket with that fingerprint, as it is stored.
pub(crate) fn position(value: &[u8], fingerprint: u64) -> Option<(usize, Entry)> {
    let wanted = fingerprint.to_le_bytes();
    let (index, bytes) = chunks(value)
        .enumerate()
        .find(|(_, bytes)| bytes.first_chunk() == Some(&wanted))?;
    Some((index, Entry::decode(bytes)))
}

/// Puts a bucket into its place.
pub(crate) fn put(value: &mut [u8], index: usize, entry: &Entry) {
    if let Some(place) = value.as_chunks_mut::<ENTRY_BYTES>().0.get_mut(index) {
        *place = entry.encode();
    }
}

/// Lets the debts of a set whose clock was set back stand from now on, or they would not drain before it is as late again.
pub(crate) fn heal(value: &mut [u8], now: u64) {
    for place in value.as_chunks_mut::<ENTRY_BYTES>().0 {
        let mut entry = Entry::decode(place);
        if entry.is_from_the_future(now) {
            entry.settle(now);
            *place = entry.encode();
        }
    }
}

/// Whether some user who has no bucket in the set may have debt elsewhere.
pub(crate) fn is_marked(value: &[u8], now: u64) -> bool {
    marked_until(value) > now
}

/// Notes that a user who has no bucket in the set may have debt elsewhere until then. A mark that lasts for longer than any
/// window is left from before the clock was set back.
pub(crate) fn mark(value: &mut [u8], until: u64, now: u64) {
    let before = marked_until(value).min(now.saturating_add(LONGEST_MARK_MICROS));
    if let Some(mark) = value.last_chunk_mut::<MARK_BYTES>() {
        *mark = until.max(before).to_le_bytes();
    }
}

fn marked_until(value: &[u8]) -> u64 {
    value
        .last_chunk()
        .map_or(0, |mark| u64::from_le_bytes(*mark))
}

fn chunks(value: &[u8]) -> impl Iterator<Item = &[u8; ENTRY_BYTES]> {
    value.as_chunks::<ENTRY_BYTES>().0.iter()
}

fn entries(value: &[u8]) -> impl Iterator<Item = Entry> {
    chunks(value).map(Entry::decode)
}

/// The time, asked for again if some debt seems to come from the future.
fn told_again(value: &[u8], now: u64, ask: impl FnOnce() -> u64) -> u64 {
    if entries(value).any(|entry| entry.debt > 0 && entry.is_from_the_future(now)) {
        ask()
    } else {
        now
    }
}

fn own(index: usize, stored: Entry, limit: Limit, now: u64, ask: impl FnOnce() -> u64) -> Found {
    let mut entry = stored;
    let now = if entry.is_from_the_future(now) {
        ask()
    } else {
        now
    };
    let set_back = entry.settle(now);
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
    let now = told_again(value, now, ask);
    let mut shared = None;
    let mut fullest: Option<Found> = None;
    for (index, mut entry) in entries(value).enumerate() {
        let set_back = entry.settle(now);
        let found = Found {
            index,
            entry,
            set_back,
        };
        if entry.shared && entry.debt > 0 {
            shared = Some(found);
        } else if fullest.is_none_or(|other| drains_later(&entry, &other.entry)) {
            fullest = Some(found);
        }
    }
    let mut entry = Entry::fresh(fingerprint, limit, now);
    match (longest_free(value, now), shared.or(fullest)) {
        (None, Some(mut found)) => {
            found.entry.shared = true;
            found.entry.slow_down(limit);
            found
        }
        (free, _) => {
            if let Some(shared) = shared {
                entry.inherit(&shared.entry, limit);
            }
            Found {
                index: free.unwrap_or(0),
                entry,
                set_back: false,
            }
        }
    }
}

fn drains_later(one: &Entry, other: &Entry) -> bool {
    let time =
        |entry: &Entry, by: &Entry| u128::from(entry.debt).saturating_mul(u128::from(by.count));
    time(one, other) > time(other, one)
}
