//! When a picture was taken.

use std::fmt;
use std::ops::{Range, RangeInclusive};

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

use super::FieldError;

/// There are no older photographs, and lists keep their order until the last of these years.
const YEARS: RangeInclusive<i32> = 1834..=2105;

/// A date and a time of day as the camera's clock had them, such as `2026-05-01T14:03:22`. It has no
/// time zone: most cameras write none, and one would tell where somebody was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallTime(PrimitiveDateTime);

impl WallTime {
    /// Reads one; what no clock shows is refused.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let read = || {
            let number = |at: Range<usize>| text.get(at)?.parse::<u8>().ok();
            let year = text.get(..4)?.parse().ok()?;
            let month = Month::try_from(number(5..7)?).ok()?;
            let date = Date::from_calendar_date(year, month, number(8..10)?).ok()?;
            let time = Time::from_hms(number(11..13)?, number(14..16)?, number(17..19)?).ok()?;
            Some(Self(PrimitiveDateTime::new(date, time)))
        };
        // Written out it is the same text: there are no other signs in it.
        read()
            .filter(|read| YEARS.contains(&read.0.year()) && read.to_string() == text)
            .ok_or(FieldError("no date and time"))
    }

    /// Seconds since 1970 began on that clock.
    pub(crate) fn seconds(self) -> i64 {
        self.0.assume_utc().unix_timestamp()
    }

    pub(crate) fn from_seconds(seconds: i64) -> Result<Self, FieldError> {
        let time = OffsetDateTime::from_unix_timestamp(seconds);
        let time = time.map_err(|_| FieldError("no time"))?;
        Ok(Self(PrimitiveDateTime::new(time.date(), time.time())))
    }

    /// The date and the time of day.
    pub fn date_time(self) -> PrimitiveDateTime {
        self.0
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = self.0.as_hms();
        let (date, month) = (self.0.date(), u8::from(self.0.month()));
        write!(f, "{:04}-{month:02}-{:02}T", date.year(), date.day())?;
        write!(f, "{hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_clock_shows_is_a_time() {
        for text in [
            "1834-01-01T00:00:00",
            "2024-02-29T23:59:59",
            "2105-12-31T12:00:00",
        ] {
            let time = WallTime::parse(text).unwrap();
            assert_eq!(time.to_string(), text);
            assert_eq!(WallTime::from_seconds(time.seconds()), Ok(time));
        }
        for text in [
            "",
            "2024-05-01",
            "2023-02-29T12:00:00",
            "2024-13-01T12:00:00",
            "2024-05-01T24:00:00",
            "2024-05-01T12:00:60",
            "2024-05-01T12:00:00Z",
            "2024-05-01 12:00:00",
            "2024-05-+1T12:00:00",
            "1600-05-01T12:00:00",
            "0000-00-00T00:00:00",
            "２024-05-01T12:00:00",
        ] {
            assert!(WallTime::parse(text).is_err(), "{text:?}");
        }
    }
}
