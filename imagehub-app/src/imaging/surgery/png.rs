//! PNG: chunks. Text, Exif, the time of the last change and every private chunk go; what says how
//! the pixels are to be shown stays.

use super::Stripped;
use super::orientation::only_orientation;

const SIGNATURE: usize = 8;
/// Length, name and checksum around a chunk's content.
const AROUND: usize = 12;

/// Ancillary chunks that the picture is shown by (W3C PNG, third edition, 11.3).
const KEPT: [&[u8; 4]; 16] = [
    b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD",
    b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
];

pub(super) fn strip(file: &[u8]) -> Option<Stripped<'_>> {
    let mut stripped = Stripped::new();
    let (signature, mut rest) = file.split_at_checked(SIGNATURE)?;
    stripped.keep(signature);
    loop {
        let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        let (chunk, after) = rest.split_at_checked(length.checked_add(AROUND)?)?;
        rest = after;
        let name: &[u8; 4] = chunk[4..].first_chunk()?;
        let is_critical = name[0].is_ascii_uppercase();
        if is_critical || KEPT.contains(&name) {
            stripped.keep(chunk);
        } else if name == b"eXIf"
            && let Some(exif) = only_orientation(&chunk[8..8 + length])
        {
            stripped.insert(new_chunk(*name, &exif)?);
        }
        if name == b"IEND" {
            return Some(stripped);
        }
    }
}

fn new_chunk(name: [u8; 4], content: &[u8]) -> Option<Vec<u8>> {
    let mut chunk = u32::try_from(content.len()).ok()?.to_be_bytes().to_vec();
    chunk.extend(name);
    chunk.extend(content);
    let checksum = checksum(&chunk[4..]);
    chunk.extend(checksum.to_be_bytes());
    Some(chunk)
}

/// CRC-32 as PNG has it (annex D), of a few bytes.
fn checksum(bytes: &[u8]) -> u32 {
    let sum = bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 * (sum & 1))
        })
    });
    !sum
}
