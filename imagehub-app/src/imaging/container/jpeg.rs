//! JPEG (ITU-T T.81): markers from SOI to EOI. Decoders are lenient and paint grey where data is
//! missing, so a file that was cut short is found here, unless it ends within its last scan.

use super::bytes::Reader;
use super::{Body, Header};

pub(in crate::imaging) const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;

/// A frame header: SOF0, SOF1, …
struct Frame {
    width: u32,
    height: u32,
    progressive: bool,
    /// Horizontal and vertical sampling factor of each component.
    sampling: Vec<(u64, u64)>,
}

/// What a file is made of, one after the other.
pub(in crate::imaging) enum Part<'a> {
    /// A segment: marker, its content, and all of it.
    Segment(u8, &'a [u8], &'a [u8]),
    /// A marker that stands alone.
    Marker(&'a [u8]),
    /// The entropy-coded data of a scan, restart markers included.
    Data(&'a [u8]),
    /// The last marker.
    End(&'a [u8]),
}

/// A walk from part to part. What stands between segments is none of the picture.
pub(in crate::imaging) struct Parts<'a> {
    file: &'a [u8],
    at: usize,
    in_scan: bool,
}

impl<'a> Parts<'a> {
    pub(in crate::imaging) fn new(file: &'a [u8]) -> Self {
        Self {
            file,
            at: 0,
            in_scan: false,
        }
    }

    /// The next part; `None` where the file is cut short.
    pub(in crate::imaging) fn next(&mut self) -> Option<Part<'a>> {
        let file = self.file;
        if std::mem::take(&mut self.in_scan) {
            let start = self.at;
            self.at = end_of_scan(file, start).unwrap_or(file.len());
            return Some(Part::Data(&file[start..self.at]));
        }
        let (start, code) = loop {
            let rest = file.get(self.at..)?;
            let start = self.at + rest.iter().position(|&byte| byte == 0xff)?;
            let code = start + file.get(start..)?.iter().position(|&byte| byte != 0xff)?;
            if *file.get(code)? != 0 {
                break (start, code);
            }
            self.at = code + 1;
        };
        let marker = file[code];
        self.at = code + 1;
        match marker {
            END_OF_IMAGE => Some(Part::End(&file[start..=code])),
            0x01 | 0xd0..=0xd8 => Some(Part::Marker(&file[start..=code])),
            _ => {
                let length = u16::from_be_bytes(*file.get(code + 1..)?.first_chunk()?);
                let end = code + 1 + usize::from(length);
                let content = file.get(code + 3..end)?;
                self.at = end;
                self.in_scan = marker == START_OF_SCAN;
                Some(Part::Segment(marker, content, &file[start..end]))
            }
        }
    }

    fn is_at_end(&self) -> bool {
        self.at == self.file.len()
    }
}

/// Where the first marker after the entropy-coded data begins: in the data, FF is followed by 00
/// or a restart marker.
fn end_of_scan(file: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at += file.get(at..)?.iter().position(|&byte| byte == 0xff)?;
        let code = at + file.get(at..)?.iter().position(|&byte| byte != 0xff)?;
        match file.get(code)? {
            0x00 | 0xd0..=0xd7 => at = code + 1,
            _ => return Some(at),
        }
    }
}

pub(super) fn header(file: &[u8]) -> Option<Header> {
    let frame = walk_to_frame(&mut Parts::new(file))?;
    Some(Header {
        width: frame.width,
        height: frame.height,
    })
}

pub(super) fn body(file: &[u8]) -> Option<Body> {
    let mut parts = Parts::new(file);
    let frame = walk_to_frame(&mut parts)?;
    let mut scans = 0;
    let lacks_end = loop {
        match parts.next()? {
            Part::Data(_) => {
                scans += 1;
                if parts.is_at_end() {
                    break true;
                }
            }
            Part::End(_) if scans > 0 => break false,
            Part::End(_) => return None,
            Part::Segment(..) | Part::Marker(_) => {}
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

fn walk_to_frame(parts: &mut Parts<'_>) -> Option<Frame> {
    loop {
        match parts.next()? {
            Part::Segment(START_OF_SCAN, ..) | Part::End(_) | Part::Data(_) => return None,
            // Of this block, C4, C8 and CC are tables and an extension, all others frame headers.
            Part::Segment(marker @ 0xc0..=0xcf, content, _)
                if !matches!(marker, 0xc4 | 0xc8 | 0xcc) =>
            {
                return Frame::read(marker, content);
            }
            Part::Segment(..) | Part::Marker(_) => {}
        }
    }
}
