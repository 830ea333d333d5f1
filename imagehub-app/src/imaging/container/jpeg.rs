//! JPEG (ITU-T T.81): markers from SOI to EOI. Decoders are lenient and paint grey where data is
//! missing, so a file that was cut short is found here, unless it ends within its last scan.

use super::bytes::Reader;
use super::{Body, Header};

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;

/// A frame header: SOF0, SOF1, …
struct Frame {
    width: u32,
    height: u32,
    progressive: bool,
    /// Horizontal and vertical sampling factor of each component.
    sampling: Vec<(u64, u64)>,
}

pub(super) fn header(file: &[u8]) -> Option<Header> {
    let frame = walk_to_frame(&mut Reader::new(file))?;
    Some(Header {
        width: frame.width,
        height: frame.height,
    })
}

pub(super) fn body(file: &[u8]) -> Option<Body> {
    let mut reader = Reader::new(file);
    let frame = walk_to_frame(&mut reader)?;
    let mut scans = 0;
    let lacks_end = loop {
        match next_marker(&mut reader) {
            None if scans > 0 => break true,
            None => return None,
            Some(END_OF_IMAGE) if scans > 0 => break false,
            Some(START_OF_SCAN) => {
                segment(&mut reader)?;
                scans += 1;
            }
            Some(marker) if stands_alone(marker) => {}
            Some(_) => {
                segment(&mut reader)?;
            }
        }
    };
    Some(Body {
        frames: 1,
        lacks_end,
        decode_memory: frame.decode_memory(file.len() as u64),
    })
}

impl Frame {
    fn read(marker: u8, segment: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(segment);
        let _precision = reader.u8()?;
        let height = reader.u16_be()?.into();
        let width = reader.u16_be()?.into();
        let mut sampling = Vec::new();
        for _ in 0..reader.u8()? {
            let [_id, factors, _table] = reader.array()?;
            sampling.push((u64::from(factors >> 4), u64::from(factors & 15)));
        }
        Some(Self {
            width,
            height,
            progressive: matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce),
            sampling,
        })
    }

    /// The pixels, a second copy of the file, and for progressive images every coefficient.
    fn decode_memory(&self, file: u64) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height);
        let channels = if self.sampling.len() == 1 { 1 } else { 3 };
        let mut memory = file + pixels * channels;
        if self.progressive {
            let widest = self.sampling.iter().map(|factors| factors.0).max();
            let tallest = self.sampling.iter().map(|factors| factors.1).max();
            let whole = widest.unwrap_or(1).max(1) * tallest.unwrap_or(1).max(1);
            let sampled: u64 = self.sampling.iter().map(|(h, v)| h * v).sum();
            memory += 2 * pixels * sampled / whole;
        }
        memory
    }
}

fn walk_to_frame(reader: &mut Reader<'_>) -> Option<Frame> {
    loop {
        let marker = next_marker(reader)?;
        if stands_alone(marker) {
            continue;
        }
        if marker == START_OF_SCAN || marker == END_OF_IMAGE {
            return None;
        }
        let segment = segment(reader)?;
        // Of this block, C4, C8 and CC are tables and an extension, all others frame headers.
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            return Frame::read(marker, segment);
        }
    }
}

/// The next marker's code. Entropy-coded data, and whatever else stands between segments, is
/// passed over: in it FF is followed by 00 or is a restart marker.
fn next_marker(reader: &mut Reader<'_>) -> Option<u8> {
    loop {
        reader.skip_until(0xff)?;
        while reader.peek()? == 0xff {
            reader.u8();
        }
        match reader.u8()? {
            0x00 | 0xd0..=0xd7 => {}
            marker => return Some(marker),
        }
    }
}

fn stands_alone(marker: u8) -> bool {
    matches!(marker, 0x01 | 0xd8)
}

fn segment<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = reader.u16_be()?;
    reader.take(usize::from(length).checked_sub(2)?)
}
