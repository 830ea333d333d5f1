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

    let mut body = Picture::default();
    let mut frames = 0;
    while !chunks.is_empty() {
        let (name, content) = chunk(&mut chunks)?;
        match &name {
            b"ANMF" => {
                frames += 1;
                body.add_frame(header, content)?;
            }
            _ => body.add(header, &name, content)?,
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
    fn add(&mut self, canvas: &Header, name: &[u8; 4], content: &[u8]) -> Option<()> {
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
        let mut reader = Reader::new(content);
        let (x, y) = (2 * reader.u24_le()?, 2 * reader.u24_le()?);
        let (width, height) = (reader.u24_le()? + 1, reader.u24_le()? + 1);
        if x + width > canvas.width || y + height > canvas.height {
            return None;
        }
        reader.take(4)?;
        let mut frame = Self::default();
        while !reader.is_empty() {
            let (name, content) = chunk(&mut reader)?;
            frame.add(&Header { width, height }, &name, content)?;
        }
        self.images += frame.images;
        self.per_pixel = self.per_pixel.max(8 + frame.per_pixel);
        Some(())
    }
}

fn chunk<'a>(reader: &mut Reader<'a>) -> Option<([u8; 4], &'a [u8])> {
    let name = reader.array()?;
    let size = reader.u32_le()? as usize;
    let content = reader.take(size)?;
    if size % 2 == 1 {
        // Some writers leave the last padding byte out.
        reader.take(1);
    }
    Some((name, content))
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
