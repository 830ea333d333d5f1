//! In an outage one thing goes wrong a thousand times: it is said once in ten seconds, with how
//! often it was left out.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_secs(10);

/// Decides for one kind of line whether it is written.
pub struct Throttle(Mutex<Said>);

struct Said {
    last: Option<Instant>,
    left_out: u64,
}

impl Throttle {
    /// Nothing was said yet.
    pub const fn new() -> Self {
        Self(Mutex::new(Said {
            last: None,
            left_out: 0,
        }))
    }

    /// If the line is to be written: how many like it were left out since the last one.
    pub fn admit(&self) -> Option<u64> {
        self.admit_at(Instant::now())
    }

    fn admit_at(&self, now: Instant) -> Option<u64> {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.last.is_some_and(|last| now < last + EVERY) {
            said.left_out += 1;
            return None;
        }
        said.last = Some(now);
        Some(std::mem::take(&mut said.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_once_in_ten_seconds_and_says_how_many_were_not() {
        let throttle = Throttle::new();
        let begun = Instant::now();
        let at = |seconds| throttle.admit_at(begun + Duration::from_secs(seconds));
        assert_eq!(
            [at(0), at(1), at(9), at(10), at(11), at(30)],
            [Some(0), None, None, Some(2), None, Some(1)]
        );
    }
}
