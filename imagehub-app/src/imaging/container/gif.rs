//! GIF (CompuServe GIF89a): blocks up to the trailer.

use super::bytes::Reader;
use super::{Body, Header};

/// What follows the screen's head and colours.
pub(in crate::imaging) enum Block<'a> {
    /// A frame: its size, and all of it.
    Image((u32, u32), &'a [u8]),
    /// An extension: its label, and all of it.
    Extension(u8, &'a [u8]),
    /// The end.
    Trailer(&'a [u8]),
}

/// A walk from block to block.
pub(in crate::imaging) struct Blocks<'a> {
    file: &'a [u8],
    at: usize,
    /// Width and height of the screen.
    screen: (u32, u32),
}

impl<'a> Blocks<'a> {
    pub(in crate::imaging) fn new(file: &'a [u8]) -> Option<Self> {
        let at = 13 + colour_table(*file.get(10)?);
        let screen = size_at(file, 6)?;
        (at <= file.len()).then_some(Self { file, at, screen })
    }

    /// What stands before the first block.
    pub(in crate::imaging) fn head(&self) -> &'a [u8] {
        &self.file[..self.at]
    }

    /// The next block, `Some(None)` after the last one. Some writers leave the trailer out, so a
    /// file may also end between two blocks.
    pub(in crate::imaging) fn next(&mut self) -> Option<Option<Block<'a>>> {
        let (file, start) = (self.file, self.at);
        let Some(kind) = file.get(start) else {
            return Some(None);
        };
        let block = match kind {
            0x2c => {
                let flags = *file.get(start + 9)?;
                // After the colours stands the size of the codes.
                self.at = end_of_sub_blocks(file, start + 11 + colour_table(flags))?;
                Block::Image(size_at(file, start + 5)?, &file[start..self.at])
            }
            0x21 => {
                self.at = end_of_sub_blocks(file, start + 2)?;
                Block::Extension(*file.get(start + 1)?, &file[start..self.at])
            }
            0x3b => {
                self.at = file.len();
                Block::Trailer(&file[start..=start])
            }
            _ => return None,
        };
        Some(Some(block))
    }

    fn next_frame(&mut self) -> Option<Option<(u32, u32)>> {
        loop {
            match self.next()? {
                Some(Block::Image(size, _)) => return Some(Some(size)),
                Some(_) => {}
                None => return Some(None),
            }
        }
    }
}

pub(super) fn header(file: &[u8]) -> Option<Header> {
    let mut blocks = Blocks::new(file)?;
    let (mut width, mut height) = blocks.screen;
    // A frame may be larger than the screen; what has to be decoded is what counts.
    if let Some(first) = blocks.next_frame().flatten() {
        width = width.max(first.0);
        height = height.max(first.1);
    }
    Some(Header { width, height })
}

pub(super) fn body(file: &[u8]) -> Option<Body> {
    let mut blocks = Blocks::new(file)?;
    let canvas = u64::from(blocks.screen.0) * u64::from(blocks.screen.1);
    let mut frames = 0;
    let mut first = 0;
    while let Some((width, height)) = blocks.next_frame()? {
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

fn size_at(file: &[u8], place: usize) -> Option<(u32, u32)> {
    let mut reader = Reader::new(file.get(place..)?);
    Some((reader.u16_le()?.into(), reader.u16_le()?.into()))
}

fn colour_table(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}

fn end_of_sub_blocks(file: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let length = usize::from(*file.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}
