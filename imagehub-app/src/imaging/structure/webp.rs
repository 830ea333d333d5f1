//! WebP (RFC 9649): RIFF chunks; simple files, and extended ones with alpha or animation.

use super::bytes::Reader;
use super::{Body, Header};

pub(super) fn header(file: &[u8]) -> Option<Header> {
    let mut chunks = Reader::new(file.get(12..)?);
    let name = chunks.array()?;
    let _size = chunks.u32_le()?;
    size_of(&name, &mut chunks)
}

pub(super) fn body(file: &[u8], header: &Header) -> Option<Body> {
    let mut riff = Reader::new(file.get(4..)?);
    let length = riff.u32_le()?;
    let mut chunks = Reader::new(riff.take(length as usize)?);
    chunks.take(4)?;

    let (mut frames, mut images, mut per_pixel) = (0, 0, 0);
    while !chunks.is_empty() {
        let name: [u8; 4] = chunks.array()?;
        let size = chunks.u32_le()? as usize;
        let content = chunks.take(size)?;
        if size % 2 == 1 {
            // Some writers leave the last padding byte out.
            chunks.take(1);
        }
        match &name {
            b"VP8 " | b"VP8L" => {
                images += 1;
                per_pixel = per_pixel.max(bytes_per_pixel(&name));
            }
            b"ANMF" => {
                frames += 1;
                refuse_larger_than(header, content)?;
                // Canvas, frame and result, beside what decoding the frame takes.
                per_pixel = 8 + bytes_per_pixel(b"VP8L");
            }
            _ => {}
        }
    }
    (images > 0 || frames > 0).then(|| Body {
        frames: frames.max(1),
        decode_memory: u64::from(header.width) * u64::from(header.height) * per_pixel,
    })
}

/// Lossy: three planes, of which two are a quarter each, alpha, and the result. Lossless: four
/// channels, and the result without alpha beside them.
fn bytes_per_pixel(name: &[u8; 4]) -> u64 {
    if name == b"VP8 " { 6 } else { 7 }
}

fn size_of(name: &[u8; 4], content: &mut Reader<'_>) -> Option<Header> {
    match name {
        b"VP8X" => {
            content.take(4)?;
            Some(Header {
                width: content.u24_le()? + 1,
                height: content.u24_le()? + 1,
            })
        }
        b"VP8 " => {
            content.take(3)?;
            if content.take(3)? != [0x9d, 0x01, 0x2a] {
                return None;
            }
            Some(Header {
                width: u32::from(content.u16_le()? & 0x3fff),
                height: u32::from(content.u16_le()? & 0x3fff),
            })
        }
        b"VP8L" => {
            if content.u8()? != 0x2f {
                return None;
            }
            let bits = content.u32_le()?;
            Some(Header {
                width: (bits & 0x3fff) + 1,
                height: ((bits >> 14) & 0x3fff) + 1,
            })
        }
        _ => None,
    }
}

/// A frame lies within the canvas: its position (in units of two pixels) and size are checked.
fn refuse_larger_than(canvas: &Header, frame: &[u8]) -> Option<()> {
    let mut reader = Reader::new(frame);
    let (x, y) = (2 * reader.u24_le()?, 2 * reader.u24_le()?);
    let (width, height) = (reader.u24_le()? + 1, reader.u24_le()? + 1);
    (x + width <= canvas.width && y + height <= canvas.height).then_some(())
}
