//! Colour profiles (ICC.1:2022): a display's own may carry its maker, model and serial number.

use std::ops::Range;

const HEADER: usize = 128;
/// Where a checksum of the profile stands; zeros say that there is none.
const ID: Range<usize> = 84..100;
/// A tag's name, where its data begins and how long it is.
const TAG: usize = 12;

/// The tags of the specification, but for when and on what a device was measured (`calt`, `targ`).
/// Any other is private: Apple's `mmod` has a serial number, `meta` whatever its writer knew.
const KNOWN: &[&[u8; 4]] = &[
    b"A2B0", b"A2B1", b"A2B2", b"A2B3", b"B2A0", b"B2A1", b"B2A2", b"B2A3", b"B2D0", b"B2D1",
    b"B2D2", b"B2D3", b"D2B0", b"D2B1", b"D2B2", b"D2B3", b"bTRC", b"bXYZ", b"bkpt", b"chad",
    b"chrm", b"cicp", b"ciis", b"clot", b"clro", b"clrt", b"cprt", b"desc", b"dmdd", b"dmnd",
    b"gTRC", b"gXYZ", b"gamt", b"kTRC", b"lumi", b"meas", b"ncl2", b"pre0", b"pre1", b"pre2",
    b"rTRC", b"rXYZ", b"resp", b"rig0", b"rig2", b"tech", b"view", b"vued", b"wtpt",
];

/// The profile with private tags' data blanked, as long as before; `None` if there is none to
/// blank, or if it is no profile.
pub(super) fn anonymous(profile: &[u8]) -> Option<Vec<u8>> {
    if profile.get(36..40)? != b"acsp" {
        return None;
    }
    let count = u32::from_be_bytes(*profile.get(HEADER..)?.first_chunk()?) as usize;
    let first = HEADER + 4;
    let table = first..first.checked_add(count.checked_mul(TAG)?)?;
    let mut known = Vec::new();
    known.push(0..table.end);
    let mut blanked = profile.to_vec();
    for tag in profile.get(table)?.chunks_exact(TAG) {
        let number = |at: usize| -> Option<usize> {
            let bytes: &[u8; 4] = tag.get(at..)?.first_chunk()?;
            Some(u32::from_be_bytes(*bytes) as usize)
        };
        let start = number(4)?.min(profile.len());
        let data = start..start.saturating_add(number(8)?).min(profile.len());
        if KNOWN.iter().any(|name| tag.starts_with(*name)) {
            known.push(data);
        } else {
            blanked[data].fill(0);
        }
    }
    // Tags may share their data.
    for data in known {
        blanked[data.clone()].copy_from_slice(&profile[data]);
    }
    if blanked == profile {
        return None;
    }
    blanked[ID].fill(0);
    Some(blanked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(tags: &[(&[u8; 4], Range<usize>)], length: usize) -> Vec<u8> {
        let mut profile = vec![b'.'; length];
        profile[36..40].copy_from_slice(b"acsp");
        profile[HEADER..HEADER + 4].copy_from_slice(&(tags.len() as u32).to_be_bytes());
        for (number, (name, data)) in tags.iter().enumerate() {
            let place = (data.start as u32).to_be_bytes();
            let long = (data.len() as u32).to_be_bytes();
            let at = HEADER + 4 + TAG * number;
            profile[at..at + TAG].copy_from_slice(&[&name[..], &place, &long].concat());
        }
        profile
    }

    #[test]
    fn private_tags_are_blanked_and_nothing_else_is_touched() {
        let before = profile(&[(b"rXYZ", 200..220), (b"mmod", 220..260)], 300);
        let after = anonymous(&before).unwrap();
        let mut expected = before;
        expected[220..260].fill(0);
        expected[ID].fill(0);
        assert!(after == expected);
        assert_eq!(anonymous(&after), None);
    }

    #[test]
    fn data_that_a_known_tag_shares_stays() {
        let before = profile(&[(b"mmod", 200..260), (b"rXYZ", 200..220)], 300);
        let after = anonymous(&before).unwrap();
        assert!(after[200..220] == before[200..220]);
        assert!(after[220..260].iter().all(|&byte| byte == 0));
        let table = profile(&[(b"mmod", 0..300), (b"rXYZ", 200..220)], 300);
        let after = anonymous(&table).unwrap();
        assert!(after[HEADER..HEADER + 4 + 2 * TAG] == table[HEADER..HEADER + 4 + 2 * TAG]);
    }

    #[test]
    fn what_is_no_profile_or_has_nothing_private_is_left() {
        assert_eq!(anonymous(&[7; 500]), None);
        assert_eq!(anonymous(b""), None);
        assert_eq!(anonymous(&profile(&[(b"desc", 200..260)], 300)), None);
        let mut endless = profile(&[(b"mmod", 250..9000)], 300);
        assert!(anonymous(&endless).is_some());
        endless[HEADER..HEADER + 4].fill(0xff);
        assert_eq!(anonymous(&endless), None);
    }
}
