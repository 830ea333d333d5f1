//! Byte ranges (RFC 9110, section 14): one range; anything else gets the whole.

use std::ops::Range;

/// What a `Range` header asks of something of a given size.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// All of it: no header, one that is not understood, or several ranges.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Nothing that exists.
    Outside,
}

/// Reads a `Range` header's value.
pub fn asked(header: Option<&str>, size: u64) -> Asked {
    let Some(range) = header.and_then(|header| header.strip_prefix("bytes=")) else {
        return Asked::Whole;
    };
    let Some((first, last)) = range.trim().split_once('-') else {
        return Asked::Whole;
    };
    match (number(first), number(last)) {
        (Some(Some(first)), Some(last)) => {
            if last.is_some_and(|last| last < first) {
                return Asked::Whole;
            }
            let end = last.map_or(size, |last| last.saturating_add(1).min(size));
            if first < size {
                Asked::Part(first..end)
            } else {
                Asked::Outside
            }
        }
        (Some(None), Some(Some(suffix))) => {
            if suffix == 0 || size == 0 {
                Asked::Outside
            } else {
                Asked::Part(size.saturating_sub(suffix)..size)
            }
        }
        _ => Asked::Whole,
    }
}

/// `Some(None)` for an empty text, `None` for what is no number.
fn number(text: &str) -> Option<Option<u64>> {
    if text.is_empty() {
        return Some(None);
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX)).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_cut_to_what_there_is() {
        assert_eq!(asked(Some("bytes=0-9"), 100), Asked::Part(0..10));
        assert_eq!(asked(Some("bytes=90-"), 100), Asked::Part(90..100));
        assert_eq!(asked(Some("bytes=90-999"), 100), Asked::Part(90..100));
        assert_eq!(asked(Some("bytes=-10"), 100), Asked::Part(90..100));
        assert_eq!(asked(Some("bytes=-1000"), 100), Asked::Part(0..100));
    }

    #[test]
    fn a_range_beyond_the_end_is_outside() {
        assert_eq!(asked(Some("bytes=100-"), 100), Asked::Outside);
        assert_eq!(asked(Some("bytes=-0"), 100), Asked::Outside);
        assert_eq!(
            asked(Some("bytes=99999999999999999999-"), 100),
            Asked::Outside
        );
    }

    #[test]
    fn what_is_not_understood_gets_the_whole() {
        for header in [
            None,
            Some("items=0-1"),
            Some("bytes=9-1"),
            Some("bytes=0-1,5-6"),
            Some("bytes=x-"),
            Some("bytes=-"),
        ] {
            assert_eq!(asked(header, 100), Asked::Whole, "{header:?}");
        }
    }
}
