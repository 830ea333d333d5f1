//! JPEG: segments. Exif, XMP, Photoshop's, previews, comments and every application's own go;
//! JFIF, the colour profile and Adobe's word on the colours stay.

use super::Stripped;
use super::orientation::only_orientation;

const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP14: u8 = 0xee;
const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;
const EXIF: &[u8] = b"Exif\0\0";
/// JFIF's segment without a preview: marker, length, identifier, version, density.
const JFIF_LENGTH: usize = 18;

pub(super) fn strip(file: &[u8]) -> Option<Stripped<'_>> {
    let mut stripped = Stripped::new();
    stripped.keep(file.get(..2)?);
    let mut at = 2;
    let mut turned = false;
    loop {
        let start = at + file.get(at..)?.iter().position(|&byte| byte == 0xff)?;
        let code = start + file.get(start..)?.iter().position(|&byte| byte != 0xff)?;
        let marker = *file.get(code)?;
        match marker {
            // What stands between segments is none of the picture.
            0x00 => {
                at = code + 1;
                continue;
            }
            END_OF_IMAGE => {
                stripped.keep(&file[start..=code]);
                return Some(stripped);
            }
            0x01 | 0xd0..=0xd8 => {
                stripped.keep(&file[start..=code]);
                at = code + 1;
                continue;
            }
            _ => {}
        }
        let length = u16::from_be_bytes(*file.get(code + 1..)?.first_chunk()?);
        let end = code + 1 + usize::from(length);
        let content = file.get(code + 3..end)?;
        let whole = &file[start..end];
        at = end;
        match marker {
            APP0 if content.starts_with(b"JFIF\0") => keep_jfif(&mut stripped, whole, content),
            APP2 if content.starts_with(b"ICC_PROFILE\0") => stripped.keep(whole),
            APP14 if content.starts_with(b"Adobe") => stripped.keep(whole),
            APP1 if content.starts_with(EXIF) && !turned => {
                if let Some(exif) = only_orientation(&content[EXIF.len()..]) {
                    stripped.insert(segment(APP1, &[EXIF, &exif].concat()));
                }
                turned = true;
            }
            START_OF_SCAN => {
                at = end_of_scan(file, end)?;
                stripped.keep(&file[start..at]);
            }
            // Frames, tables, restart interval, number of lines.
            0xc0..=0xcf | 0xdb..=0xdf => stripped.keep(whole),
            _ => {}
        }
    }
}

/// JFIF may carry a preview, which may show what was cut away.
fn keep_jfif<'a>(stripped: &mut Stripped<'a>, whole: &'a [u8], content: &'a [u8]) {
    if whole.len() <= JFIF_LENGTH || content.len() < 14 {
        stripped.keep(whole);
    } else {
        let mut short = content[..14].to_vec();
        short[12..].fill(0);
        stripped.insert(segment(APP0, &short));
    }
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let mut segment = vec![0xff, marker];
    // Both callers' contents are a few bytes long.
    let length = u16::try_from(content.len() + 2).unwrap_or(u16::MAX);
    segment.extend(length.to_be_bytes());
    segment.extend(content);
    segment
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
