//! How often a filter that dies again and again is healed.

use std::time::{Duration, Instant};

const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(60);
/// Alive this long, its next death is a first one.
const SETTLED: Duration = Duration::from_secs(60);

/// The first death is healed at once; each one soon after it waits twice as long as the one before.
#[derive(Debug, Default)]
pub struct Backoff {
    in_a_row: u32,
    not_before: Option<Instant>,
    alive_since: Option<Instant>,
}

impl Backoff {
    /// Tells that the filter is alive.
    pub fn is_alive(&mut self, now: Instant) {
        let since = *self.alive_since.get_or_insert(now);
        if now.duration_since(since) >= SETTLED {
            self.in_a_row = 0;
            self.not_before = None;
        }
    }

    /// Whether a filter that is dead may be healed now.
    pub fn may_heal(&mut self, now: Instant) -> bool {
        self.alive_since = None;
        self.not_before.is_none_or(|time| now >= time)
    }

    /// Tells that it was healed, or that this was tried. Returns how long the next time has to wait.
    pub fn healed(&mut self, now: Instant) -> Duration {
        let pause = FIRST
            .saturating_mul(1 << self.in_a_row.min(16))
            .min(LONGEST);
        self.in_a_row += 1;
        self.not_before = Some(now + pause);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How long a filter that is dead at `now` waits.
    fn wait(backoff: &mut Backoff, now: &mut Instant) -> Duration {
        let start = *now;
        while !backoff.may_heal(*now) {
            *now += SECOND;
        }
        backoff.healed(*now);
        now.duration_since(start)
    }

    #[test]
    fn each_death_in_a_row_waits_twice_as_long_but_never_longer_than_a_minute() {
        let (mut backoff, mut now) = (Backoff::default(), Instant::now());
        let waits: Vec<u64> = (0..8)
            .map(|_| wait(&mut backoff, &mut now).as_secs())
            .collect();
        assert_eq!(waits, [0, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn a_minute_alive_makes_the_next_death_a_first_one() {
        let (mut backoff, mut now) = (Backoff::default(), Instant::now());
        for _ in 0..4 {
            wait(&mut backoff, &mut now);
        }
        for _ in 0..59 {
            backoff.is_alive(now);
            now += SECOND;
        }
        assert_eq!(
            wait(&mut backoff, &mut now),
            Duration::ZERO,
            "it had waited"
        );
        assert_eq!(wait(&mut backoff, &mut now), 32 * SECOND, "not settled");
        for _ in 0..=60 {
            backoff.is_alive(now);
            now += SECOND;
        }
        assert_eq!(wait(&mut backoff, &mut now), Duration::ZERO);
        assert_eq!(wait(&mut backoff, &mut now), 2 * SECOND);
    }
}
