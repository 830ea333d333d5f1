//! WebP (RFC 9649): RIFF chunks; simple files, and extended ones with alpha or animation.

use super::bytes::Reader;
use super::{Body, Header};

/// What stands before the chunks: `RIFF`, the size of what follows, `WEBP`.
const HEADER: usize = 12;
/// What stands in a frame before its chunks: place, size, duration, flags.
pub(in crate::imaging) const FRAME: usize = 16;

pub(super) fn header(file: &[u8]) -> Option<Header> {
    let mut chunks = Reader::new(file.get(HEADER..)?);
    let name = chunks.array()?;
    let _size = chunks.u32_le()?;
    size_of(&name, &mut chunks)
}

pub(super) fn body(file: &[u8], header: &Header) -> Option<Body> {
    let mut rest = chunks(file)?;
    let mut body = Picture::default();
    let mut frames = 0;
    while !rest.is_empty() {
        let chunk = split_off(&mut rest)?;
        if chunk.name == b"ANMF" {
            frames += 1;
            body.add_frame(header, chunk.content)?;
        } else {
            body.add(header, &chunk)?;
        }
    }
    (body.images > 0).then(|| Body {
        lacks_end: false,
        frames: frames.max(1),
        decode_memory: u64::from(header.width) * u64::from(header.height) * body.per_pixel,
    })
}

/// What the chunks of one picture, or of all frames, come to.
#[derive(Default)]
struct Picture {
    images: u32,
    /// Bytes that decoding takes for a pixel of the canvas.
    per_pixel: u64,
    /// Of which the alpha of the picture that is about to come takes.
    alpha: u64,
}

impl Picture {
    /// A chunk of a picture no larger than this. Lossy: three planes, of which two are a quarter
    /// each, alpha, and the result. Lossless: four channels, and the result without alpha beside
    /// them. A picture of another size than its container says is found out only once decoded.
    fn add(&mut self, canvas: &Header, chunk: &Chunk<'_>) -> Option<()> {
        let (name, content) = (chunk.name, chunk.content);
        match name {
            // Packed, it is decoded as a picture of four channels.
            b"ALPH" => self.alpha = if content.first()? & 3 == 0 { 1 } else { 5 },
            b"VP8 " | b"VP8L" => {
                let inner = size_of(name, &mut Reader::new(content))?;
                if inner.width > canvas.width || inner.height > canvas.height {
                    return None;
                }
                self.images += 1;
                let pixels = if name == b"VP8 " { 6 + self.alpha } else { 7 };
                self.per_pixel = self.per_pixel.max(pixels);
            }
            _ => {}
        }
        Some(())
    }

    /// A frame lies within the canvas, at a place in units of two pixels, and its picture within
    /// the frame. Canvas and result stand beside what decoding it takes.
    fn add_frame(&mut self, canvas: &Header, content: &[u8]) -> Option<()> {
        let (head, mut rest) = content.split_at_checked(FRAME)?;
        let mut reader = Reader::new(head);
        let (x, y) = (2 * reader.u24_le()?, 2 * reader.u24_le()?);
        let (width, height) = (reader.u24_le()? + 1, reader.u24_le()? + 1);
        if x + width > canvas.width || y + height > canvas.height {
            return None;
        }
        let mut frame = Self::default();
        while !rest.is_empty() {
            frame.add(&Header { width, height }, &split_off(&mut rest)?)?;
        }
        self.images += frame.images;
        self.per_pixel = self.per_pixel.max(8 + frame.per_pixel);
        Some(())
    }
}

pub(in crate::imaging) struct Chunk<'a> {
    pub(in crate::imaging) name: &'a [u8; 4],
    pub(in crate::imaging) content: &'a [u8],
    /// Padding included, which some writers leave out after the last one.
    pub(in crate::imaging) whole: &'a [u8],
}

/// Takes the first chunk off, if it is whole.
pub(in crate::imaging) fn split_off<'a>(rest: &mut &'a [u8]) -> Option<Chunk<'a>> {
    let length = u32::from_le_bytes(*rest.get(4..)?.first_chunk()?) as usize;
    let content = rest.get(8..8_usize.checked_add(length)?)?;
    let end = (8 + length + length % 2).min(rest.len());
    let (whole, after) = rest.split_at(end);
    *rest = after;
    Some(Chunk {
        name: whole.first_chunk()?,
        content,
        whole,
    })
}

/// All chunks, if the file is as long as it says.
pub(in crate::imaging) fn chunks(file: &[u8]) -> Option<&[u8]> {
    let size = u32::from_le_bytes(*file.get(4..)?.first_chunk()?) as usize;
    file.get(HEADER..size.checked_add(8)?)
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
