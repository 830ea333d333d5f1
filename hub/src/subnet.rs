//! Whether the network that compose makes overlaps with one that this machine is on.

use std::fs;
use std::net::Ipv4Addr;

/// The interface of a network that overlaps with `NET.0/24`, where `net` is the first three numbers.
pub fn taken_by(net: &str) -> Option<String> {
    let routes = fs::read_to_string("/proc/net/route").ok()?;
    let address: Ipv4Addr = format!("{net}.0").parse().ok()?;
    overlapping(&routes, address.to_bits()).map(str::to_owned)
}

fn overlapping(routes: &str, wanted: u32) -> Option<&str> {
    const WANTED_MASK: u32 = 0xffff_ff00;
    routes.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let bits = |column: usize| {
            let digits = columns.get(column)?;
            // As it is in memory, where the first number of an address comes first.
            u32::from_str_radix(digits, 16).ok().map(u32::from_be)
        };
        let (network, mask) = (bits(1)?, bits(7)?);
        let common = mask & WANTED_MASK;
        // A route to everywhere is in nobody's way.
        let overlaps = mask != 0 && network & common == wanted & common;
        overlaps.then(|| columns[0])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: &str = "\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
tun0\t0000D60A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
";

    fn overlap(net: [u8; 4]) -> Option<&'static str> {
        overlapping(ROUTES, Ipv4Addr::from(net).to_bits())
    }

    #[test]
    fn a_network_within_one_that_is_there_is_taken_and_any_other_is_free() {
        assert_eq!(overlap([10, 214, 80, 0]), Some("tun0"));
        assert_eq!(overlap([172, 17, 3, 0]), Some("eth0"));
        assert_eq!(overlap([10, 215, 80, 0]), None);
    }
}
