//! PNG (W3C PNG, third edition): chunks from IHDR to IEND. An animated one counts as its still
//! image, which is what is decoded; its frames count as any animation's.

use super::bytes::Reader;
use super::{Body, Header};

pub(in crate::imaging) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Length, name and checksum around a chunk's content.
const AROUND: usize = 12;

pub(super) fn header(file: &[u8]) -> Option<Header> {
    let (width, height, _) = image_header(file)?;
    Some(Header { width, height })
}

pub(super) fn body(file: &[u8]) -> Option<Body> {
    let (width, height, bytes_per_pixel) = image_header(file)?;
    let (mut has_data, mut frames) = (false, 0_u32);
    for chunk in chunks(file) {
        match chunk?.name {
            b"IDAT" => has_data = true,
            b"fcTL" => frames = frames.saturating_add(1),
            _ => {}
        }
    }
    has_data.then(|| Body {
        lacks_end: false,
        frames: frames.max(1),
        decode_memory: u64::from(width) * u64::from(height) * bytes_per_pixel,
    })
}

/// Width, height, and bytes a decoded pixel takes at most.
fn image_header(file: &[u8]) -> Option<(u32, u32, u64)> {
    let first = chunks(file).next()??;
    if first.name != b"IHDR" {
        return None;
    }
    let mut content = Reader::new(first.content);
    let (width, height) = (content.u32_be()?, content.u32_be()?);
    let (depth, colour_type) = (content.u8()?, content.u8()?);
    // A transparent colour or palette entry adds a channel.
    let channels = match colour_type {
        0 | 4 => 2,
        2 | 3 | 6 => 4,
        _ => return None,
    };
    let bytes_per_sample = if depth == 16 { 2 } else { 1 };
    Some((width, height, channels * bytes_per_sample))
}

/// A chunk, and all of it: length, name, content, checksum.
pub(in crate::imaging) struct Chunk<'a> {
    pub(in crate::imaging) name: &'a [u8; 4],
    pub(in crate::imaging) content: &'a [u8],
    pub(in crate::imaging) whole: &'a [u8],
}

/// The chunks up to the last one, `None` in place of what is not there.
pub(in crate::imaging) fn chunks(file: &[u8]) -> impl Iterator<Item = Option<Chunk<'_>>> {
    let mut rest = file.get(SIGNATURE.len()..).unwrap_or_default();
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let chunk = split_off(&mut rest);
        ended = chunk.as_ref().is_none_or(|chunk| chunk.name == b"IEND");
        Some(chunk)
    })
}

fn split_off<'a>(rest: &mut &'a [u8]) -> Option<Chunk<'a>> {
    let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
    let (whole, after) = rest.split_at_checked(length.checked_add(AROUND)?)?;
    *rest = after;
    Some(Chunk {
        name: whole.get(4..)?.first_chunk()?,
        content: whole.get(8..8 + length)?,
        whole,
    })
}
