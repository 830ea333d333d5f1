//! Where images may be found: for each term a bit for each block of ordinals. Bits are set and
//! never cleared, so a block may hold nothing of the kind; what is in it is looked at.

use std::collections::BTreeSet;

use imagehub_policy::TenantId;

use super::super::search::{Term, terms_of_image};
use super::super::stored::search_text;
use super::super::{Cursor, ImageRecord, Order};

/// Ordinals in a block, as the scripts have it.
pub(super) const BLOCK: i64 = 64;

/// Beyond every ordinal, and still exact as a score.
const END: i64 = 1 << 53;

/// Terms as scripts take them and as they are stored: two bytes each, one after the other.
pub(super) fn written(terms: impl IntoIterator<Item = Term>) -> Vec<u8> {
    let short: BTreeSet<[u8; 2]> = terms.into_iter().map(Term::short).collect();
    short.into_iter().flatten().collect()
}

/// What an image is found by, written.
pub(super) fn terms_of(tenant: &TenantId, image: &ImageRecord) -> Vec<u8> {
    let (title, uploader) = (image.title.as_str(), image.uploaded_by.as_str());
    let text = search_text(title, &image.tags, uploader);
    written(terms_of_image(tenant, &text, &image.tags))
}

/// Blocks in which images may be found.
pub(super) enum Blocks {
    All,
    /// Those whose bit is set, the lowest first.
    Some(Vec<u8>),
}

impl Blocks {
    /// The blocks that are in all of these; a term that nothing was noted of is in none.
    pub(super) fn in_all(stored: Vec<Option<Vec<u8>>>) -> Self {
        let in_both = |all: Vec<u8>, some: Vec<u8>| {
            let bits = all.iter().zip(&some);
            bits.map(|(a, b)| a & b).collect()
        };
        let stored = stored.into_iter().map(Option::unwrap_or_default);
        stored.reduce(in_both).map_or(Self::All, Self::Some)
    }

    /// The ordinals in these blocks beyond a place: the first and the last of each range, in order.
    pub(super) fn ranges(&self, order: Order, after: Option<Cursor>) -> Vec<(i64, i64)> {
        let (low, high) = match (order, after) {
            (_, None) => (0, END),
            (Order::Newest, Some(Cursor(ordinal))) => (0, ordinal - 1),
            (Order::Oldest, Some(Cursor(ordinal))) => (ordinal + 1, END),
        };
        let within = self.rising().into_iter();
        let within = within.map(|(first, last)| (first.max(low), last.min(high)));
        let mut ranges: Vec<_> = within.filter(|(first, last)| first <= last).collect();
        if order == Order::Newest {
            ranges = ranges
                .into_iter()
                .rev()
                .map(|(first, last)| (last, first))
                .collect();
        }
        ranges
    }

    fn rising(&self) -> Vec<(i64, i64)> {
        let Self::Some(bits) = self else {
            return vec![(0, END)];
        };
        let mut ranges: Vec<(i64, i64)> = Vec::new();
        // Few bytes have any bit.
        let blocks = (0..).zip(bits).filter(|(_, byte)| **byte != 0);
        let blocks = blocks.flat_map(|(place, byte)| {
            let set = (0..8).filter(move |bit| byte & (1 << bit) != 0);
            set.map(move |bit| place * 8 + bit)
        });
        for block in blocks {
            let (first, last) = (block * BLOCK, block * BLOCK + BLOCK - 1);
            match ranges.last_mut() {
                Some((_, end)) if *end + 1 == first => *end = last,
                _ => ranges.push((first, last)),
            }
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_blocks_are_one_range() {
        let blocks = Blocks::in_all(vec![
            Some(vec![0b0000_0111, 0b1000_0001, 1]),
            Some(vec![0b1000_0110, 0b1000_0011]),
        ]);
        let rising = [(64, 191), (512, 575), (960, 1023)];
        assert_eq!(blocks.ranges(Order::Oldest, None), rising);
        let falling = [(1023, 960), (575, 512), (191, 64)];
        assert_eq!(blocks.ranges(Order::Newest, None), falling);
    }

    #[test]
    fn ranges_begin_beyond_the_place() {
        let blocks = Blocks::in_all(vec![Some(vec![0b11, 1])]);
        let beyond = |order, place| blocks.ranges(order, Some(Cursor(place)));
        assert_eq!(beyond(Order::Oldest, 100), [(101, 127), (512, 575)]);
        assert_eq!(beyond(Order::Oldest, 127), [(512, 575)]);
        assert_eq!(beyond(Order::Oldest, 600), []);
        assert_eq!(beyond(Order::Newest, 100), [(99, 0)]);
        assert_eq!(beyond(Order::Newest, 0), []);
        assert_eq!(Blocks::All.ranges(Order::Newest, None), [(END, 0)]);
    }

    #[test]
    fn what_nothing_was_noted_of_is_nowhere() {
        let blocks = Blocks::in_all(vec![Some(vec![255]), None]);
        assert_eq!(blocks.ranges(Order::Newest, None), []);
    }
}
