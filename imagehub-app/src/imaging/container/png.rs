//! PNG (W3C PNG, third edition): chunks from IHDR to IEND. An animated one counts as its still
//! image, which is what is decoded; its frames count as any animation's.

use super::bytes::Reader;
use super::{Body, Header};

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

pub(super) fn header(file: &[u8]) -> Option<Header> {
    let (width, height, _) = image_header(file)?;
    Some(Header { width, height })
}

pub(super) fn body(file: &[u8]) -> Option<Body> {
    let (width, height, bytes_per_pixel) = image_header(file)?;
    let mut reader = Reader::new(file.strip_prefix(SIGNATURE)?);
    let (mut has_data, mut frames) = (false, 0_u32);
    loop {
        match chunk(&mut reader)? {
            (b"IDAT", _) => has_data = true,
            (b"fcTL", _) => frames = frames.saturating_add(1),
            (b"IEND", _) => break,
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
    let mut reader = Reader::new(file.strip_prefix(SIGNATURE)?);
    let (b"IHDR", content) = chunk(&mut reader)? else {
        return None;
    };
    let mut content = Reader::new(content);
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

fn chunk<'a>(reader: &mut Reader<'a>) -> Option<(&'a [u8; 4], &'a [u8])> {
    let length = reader.u32_be()?;
    let name = reader.take(4)?.first_chunk()?;
    let content = reader.take(length as usize)?;
    let _checksum = reader.u32_be()?;
    Some((name, content))
}
