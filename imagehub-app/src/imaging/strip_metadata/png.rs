//! PNG: chunks. Text, Exif, the time of the last change and every private chunk go; what says how
//! the pixels are to be shown stays.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::Stripped;
use super::orientation::{only_orientation, stated};
use super::profile::anonymous;
use crate::imaging::container::png::{Chunk, SIGNATURE, chunks};

/// Bytes of a colour profile. One that unpacks to more is none that a picture needs.
const MAX_PROFILE: u64 = 8 * 1024 * 1024;

/// Ancillary chunks that the picture is shown by (W3C PNG, third edition, 11.3).
const KEPT: [&[u8; 4]; 15] = [
    b"tRNS", b"cHRM", b"gAMA", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD", b"hIST",
    b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
];

/// All Exif, before or after the pixels.
pub(super) fn exif(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    let chunks = chunks(file).map_while(|chunk| chunk);
    chunks
        .filter(|chunk| chunk.name == b"eXIf")
        .map(|chunk| chunk.content)
}

fn turns(chunk: &Chunk<'_>) -> bool {
    chunk.name == b"eXIf" && stated(chunk.content).is_some()
}

pub(super) fn strip(file: &[u8]) -> Option<Stripped<'_>> {
    let mut stripped = Stripped::new();
    stripped.keep(file.get(..SIGNATURE.len())?);
    let mut turned = false;
    for chunk in chunks(file) {
        let chunk = chunk?;
        let is_critical = chunk.name[0].is_ascii_uppercase();
        if is_critical || KEPT.contains(&chunk.name) {
            stripped.keep(chunk.whole);
        } else if chunk.name == b"iCCP" {
            match anonymous_profile(chunk.content) {
                Some(content) => stripped.insert(new_chunk(*chunk.name, &content)?),
                None => stripped.keep(chunk.whole),
            }
        } else if !turned && turns(&chunk) {
            turned = true;
            if let Some(exif) = only_orientation(chunk.content) {
                stripped.insert(new_chunk(*chunk.name, &exif)?);
            }
        }
    }
    Some(stripped)
}

/// A profile's chunk (name, method, packed profile) without what is private in it, if there is.
fn anonymous_profile(content: &[u8]) -> Option<Vec<u8>> {
    let packed = content.iter().position(|&byte| byte == 0)? + 2;
    let mut profile = Vec::new();
    ZlibDecoder::new(content.get(packed..)?)
        .take(MAX_PROFILE)
        .read_to_end(&mut profile)
        .ok()?;
    let changed = anonymous(&profile)?;
    let mut repacked = ZlibEncoder::new(content[..packed].to_vec(), Compression::default());
    repacked.write_all(&changed).ok()?;
    repacked.finish().ok()
}

fn new_chunk(name: [u8; 4], content: &[u8]) -> Option<Vec<u8>> {
    let mut chunk = u32::try_from(content.len()).ok()?.to_be_bytes().to_vec();
    chunk.extend(name);
    chunk.extend(content);
    let checksum = crc32fast::hash(&chunk[4..]);
    chunk.extend(checksum.to_be_bytes());
    Some(chunk)
}
