//! How many requests in how long a time.

use serde::{Deserialize, Deserializer, Serialize};

pub(crate) const MICROS_A_SECOND: u64 = 1_000_000;

/// A limit: a burst of `count`, and one back every `window / count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    #[serde(deserialize_with = "count")]
    count: u32,
    #[serde(deserialize_with = "window")]
    window_seconds: u32,
}

impl Limit {
    /// The largest count a policy may give.
    pub const MAX_COUNT: u32 = 1_000_000;
    /// The longest window, in seconds: a day.
    pub const MAX_WINDOW_SECONDS: u32 = 86_400;

    /// A limit of `count` (0 to 1,000,000) in `window_seconds` (1 to 86,400); `None` outside of that.
    pub const fn new(count: u32, window_seconds: u32) -> Option<Self> {
        if count > Self::MAX_COUNT
            || window_seconds == 0
            || window_seconds > Self::MAX_WINDOW_SECONDS
        {
            return None;
        }
        Some(Self {
            count,
            window_seconds,
        })
    }

    pub(crate) const fn a_second(count: u32) -> Self {
        Self {
            count,
            window_seconds: 1,
        }
    }

    /// Requests in a window. 0 refuses everything.
    pub const fn count(self) -> u32 {
        self.count
    }

    /// The window in seconds.
    pub const fn window_seconds(self) -> u32 {
        self.window_seconds
    }

    /// In words, such as `1,200 uploads a minute`; of nothing in particular, `1,200 a minute`.
    pub fn in_words(self, what: &str) -> String {
        let space = if what.is_empty() { "" } else { " " };
        let count = grouped(self.count);
        match self.window_seconds {
            1 => format!("{count}{space}{what} a second"),
            60 => format!("{count}{space}{what} a minute"),
            3600 => format!("{count}{space}{what} an hour"),
            86_400 => format!("{count}{space}{what} a day"),
            seconds => format!("{count}{space}{what} in {} seconds", grouped(seconds)),
        }
    }

    pub(crate) const fn window_micros(self) -> u64 {
        (self.window_seconds as u64).saturating_mul(MICROS_A_SECOND)
    }
}

/// The two limits of one class on one plan: of each user, and of the whole tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanLimit {
    /// Of each user of a tenant.
    pub user: Limit,
    /// Of all its users together.
    pub tenant: Limit,
}

/// The limits of one class for clients without an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnonymousLimit {
    #[serde(deserialize_with = "count")]
    count: u32,
    #[serde(deserialize_with = "window")]
    window_seconds: u32,
    link: Option<Limit>,
}

impl AnonymousLimit {
    /// Of one client address.
    pub const fn address(self) -> Limit {
        Limit {
            count: self.count,
            window_seconds: self.window_seconds,
        }
    }

    /// Of one link, by its path, whoever follows it; `None` if only addresses are counted.
    pub const fn link(self) -> Option<Limit> {
        self.link
    }
}

fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let count = u32::deserialize(deserializer)?;
    if count > Limit::MAX_COUNT {
        return Err(serde::de::Error::custom("a count is 0 to 1000000"));
    }
    Ok(count)
}

fn window<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let seconds = u32::deserialize(deserializer)?;
    if seconds == 0 || seconds > Limit::MAX_WINDOW_SECONDS {
        return Err(serde::de::Error::custom("a window is 1 to 86400 seconds"));
    }
    Ok(seconds)
}

fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len().wrapping_sub(index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_reads_as_people_say_it() {
        let words = |count, window, what| Limit::new(count, window).unwrap().in_words(what);
        assert_eq!(words(10, 60, ""), "10 a minute");
        assert_eq!(words(60_000, 60, "downloads"), "60,000 downloads a minute");
        assert_eq!(
            words(1_000_000, 86_400, "uploads"),
            "1,000,000 uploads a day"
        );
        assert_eq!(words(5, 1_200, ""), "5 in 1,200 seconds");
    }
}
