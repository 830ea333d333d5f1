//! GIF (CompuServe GIF89a): blocks up to the trailer.

use super::bytes::Reader;
use super::{Body, Header};

pub(super) fn header(file: &[u8]) -> Option<Header> {
    let mut reader = Reader::new(file);
    let (mut width, mut height) = screen(&mut reader)?;
    // A frame may be larger than the screen; what has to be decoded is what counts.
    if let Some(first) = next_frame(&mut reader).flatten() {
        width = width.max(first.0);
        height = height.max(first.1);
    }
    Some(Header { width, height })
}

pub(super) fn body(file: &[u8]) -> Option<Body> {
    let mut reader = Reader::new(file);
    let (width, height) = screen(&mut reader)?;
    let canvas = u64::from(width) * u64::from(height);
    let mut frames = 0;
    let mut first = 0;
    while let Some((width, height)) = next_frame(&mut reader)? {
        if frames == 0 {
            first = u64::from(width) * u64::from(height);
        }
        frames += 1;
    }
    (frames > 0).then_some(Body {
        lacks_end: false,
        frames,
        // The canvas, and the first frame in colours, each pixel in four bytes.
        decode_memory: 4 * canvas + 4 * first,
    })
}

/// The screen's size; leaves the reader at the first block.
fn screen(reader: &mut Reader<'_>) -> Option<(u32, u32)> {
    reader.take(6)?;
    let size = (reader.u16_le()?.into(), reader.u16_le()?.into());
    let flags = reader.u8()?;
    reader.take(2)?;
    skip_colour_table(reader, flags)?;
    Some(size)
}

/// The next frame's size, or `Some(None)` at the end. Some writers leave the trailer out, so a
/// file may also end between two blocks.
fn next_frame(reader: &mut Reader<'_>) -> Option<Option<(u32, u32)>> {
    loop {
        if reader.is_empty() {
            return Some(None);
        }
        match reader.u8()? {
            0x2c => {
                reader.take(4)?;
                let size = (reader.u16_le()?.into(), reader.u16_le()?.into());
                let flags = reader.u8()?;
                skip_colour_table(reader, flags)?;
                let _code_size = reader.u8()?;
                skip_sub_blocks(reader)?;
                return Some(Some(size));
            }
            0x21 => {
                let _label = reader.u8()?;
                skip_sub_blocks(reader)?;
            }
            0x3b => return Some(None),
            _ => return None,
        }
    }
}

fn skip_colour_table(reader: &mut Reader<'_>, flags: u8) -> Option<()> {
    if flags & 0x80 != 0 {
        reader.take(3 << ((flags & 7) + 1))?;
    }
    Some(())
}

fn skip_sub_blocks(reader: &mut Reader<'_>) -> Option<()> {
    loop {
        let length = reader.u8()?;
        if length == 0 {
            return Some(());
        }
        reader.take(length.into())?;
    }
}
