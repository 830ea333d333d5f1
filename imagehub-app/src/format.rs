//! Numbers, times and roles as people say them.

use imagehub_policy::Role;
use time::{Date, OffsetDateTime};

/// A day, such as `3 May 2026`.
pub fn day(time: OffsetDateTime) -> String {
    format!("{} {} {}", time.day(), time.month(), time.year())
}

/// A month, such as `May 2026`.
pub fn month(date: Date) -> String {
    format!("{} {}", date.month(), date.year())
}

/// An amount of bytes in decimal units, such as `3.3 MB`.
pub fn bytes(bytes: u64) -> String {
    let tenths = |unit: u64| (bytes.saturating_mul(10) + unit / 2) / unit;
    let in_unit = |unit: u64, name: &str| match tenths(unit) {
        whole if whole.is_multiple_of(10) => format!("{} {name}", whole / 10),
        tenths => format!("{}.{} {name}", tenths / 10, tenths % 10),
    };
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{} kB", (bytes + 500) / 1000),
        1_000_000..1_000_000_000 => in_unit(1_000_000, "MB"),
        1_000_000_000..1_000_000_000_000 => in_unit(1_000_000_000, "GB"),
        _ => in_unit(1_000_000_000_000, "TB"),
    }
}

/// A bound on bytes in the unit it was chosen in, which is binary: `32 MB`.
pub fn bound(most: u64) -> String {
    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    match most {
        KIB..MIB if most.is_multiple_of(KIB) => format!("{} kB", most / KIB),
        MIB..1_000_000_000 if most.is_multiple_of(MIB) => format!("{} MB", most / MIB),
        _ => bytes(most),
    }
}

/// So many pictures.
pub fn pictures(count: u64) -> String {
    match count {
        0 => "No pictures".to_owned(),
        1 => "One picture".to_owned(),
        count => format!("{count} pictures"),
    }
}

/// A role in a sentence.
pub fn with_article(role: Role) -> &'static str {
    match role {
        Role::Viewer => "a viewer",
        Role::Member => "a member",
        Role::Owner => "an owner",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_say_them() {
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(4_200), "4 kB");
        assert_eq!(bytes(3_260_000), "3.3 MB");
        assert_eq!(bytes(50_000_000_000), "50 GB");
    }

    #[test]
    fn bounds_read_as_they_were_chosen() {
        assert_eq!(bound(64 * 1024), "64 kB");
        assert_eq!(bound(32 * 1024 * 1024), "32 MB");
        assert_eq!(bound(20_000_000), "20 MB");
        assert_eq!(bound(100 * 32 * 1024 * 1024), "3.4 GB");
        assert_eq!(bound(100), "100 bytes");
    }
}
