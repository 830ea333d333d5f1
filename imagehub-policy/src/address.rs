//! Client addresses, and what of them a limit is keyed by.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Reads an address as proxies write it: with or without a port, IPv6 with or without brackets.
pub fn parse_client(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?.trim();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

/// The part of an address that counts as one client: an IPv4 address, an IPv6 /64 (the smallest network a
/// subscriber gets), an IPv4-mapped address as what it maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddressKey {
    /// One IPv4 address.
    V4(Ipv4Addr),
    /// The upper half of an IPv6 address.
    V6(u64),
    /// Nobody knows: all such clients share one bucket.
    Unknown,
}

impl AddressKey {
    /// The key of an address, or of not having one.
    pub fn of(address: Option<IpAddr>) -> Self {
        match address.map(|a| a.to_canonical()) {
            Some(IpAddr::V4(v4)) => Self::V4(v4),
            Some(IpAddr::V6(v6)) => {
                let [a, b, c, d, e, f, g, h, ..] = v6.octets();
                Self::V6(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
            }
            None => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> AddressKey {
        AddressKey::of(parse_client(text.as_bytes()))
    }

    #[test]
    fn addresses_are_read_with_and_without_port_and_brackets() {
        for text in [
            "10.1.2.3",
            "10.1.2.3:8080",
            "::ffff:10.1.2.3",
            "[::ffff:10.1.2.3]:80",
            " 10.1.2.3 ",
        ] {
            assert_eq!(
                key(text),
                AddressKey::V4(Ipv4Addr::new(10, 1, 2, 3)),
                "{text}"
            );
        }
        for text in [
            "2001:db8:1:2::3",
            "[2001:db8:1:2::4]",
            "[2001:db8:1:2:ffff::]:443",
        ] {
            assert_eq!(key(text), AddressKey::V6(0x2001_0db8_0001_0002), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_shares_the_bucket_of_the_unknown() {
        for text in [
            "",
            "unknown",
            "10.1.2",
            "10.1.2.3, 10.1.2.4",
            "[10.1.2.3]",
            "::1]",
            "localhost:80",
        ] {
            assert_eq!(key(text), AddressKey::Unknown, "{text}");
        }
        assert_eq!(parse_client(b"\xff\xfe"), None);
    }
}
