//! WebP (RFC 9649): RIFF chunks. Exif, XMP and chunks nobody knows go, and the flags that announce
//! them; picture, alpha, animation and colour profile stay.

use super::Stripped;
use super::orientation::only_orientation;

const HEADER: usize = 12;
const EXTENDED: usize = 18;
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;

pub(super) fn strip(file: &[u8]) -> Option<Stripped<'_>> {
    let size = u32::from_le_bytes(*file.get(4..)?.first_chunk()?) as usize;
    let mut rest = file.get(HEADER..size.checked_add(8)?)?;
    let (mut kept, mut flags, mut exif) = (Vec::new(), None, None);
    while !rest.is_empty() {
        let length = u32::from_le_bytes(*rest.get(4..)?.first_chunk()?) as usize;
        let content = rest.get(8..8 + length)?;
        // Some writers leave the last padding byte out.
        let end = (8 + length + length % 2).min(rest.len());
        let (chunk, after) = rest.split_at(end);
        rest = after;
        match chunk.first_chunk()? {
            b"VP8X" => flags = Some(content),
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP" => kept.push(chunk),
            b"EXIF" if exif.is_none() => {
                // Some writers put before it what belongs before it in a JPEG.
                let tiff = content.strip_prefix(b"Exif\0\0").unwrap_or(content);
                exif = only_orientation(tiff);
            }
            _ => {}
        }
    }
    let extended = match flags {
        Some(content) => Some(extended_header(content, exif.is_some())?),
        None => None,
    };
    let exif = exif.filter(|_| extended.is_some()).map(|tiff| {
        [
            b"EXIF",
            &u32::try_from(tiff.len()).unwrap_or(0).to_le_bytes()[..],
            &tiff,
        ]
        .concat()
    });

    let mut stripped = Stripped::new();
    let pieces = kept.iter().map(|chunk| chunk.len()).sum::<usize>();
    let new = extended.as_ref().map_or(0, Vec::len) + exif.as_ref().map_or(0, Vec::len);
    let size = u32::try_from(4 + pieces + new).ok()?;
    stripped.insert([b"RIFF", &size.to_le_bytes()[..], b"WEBP"].concat());
    if let Some(extended) = extended {
        stripped.insert(extended);
    }
    for chunk in kept {
        stripped.keep(chunk);
    }
    if let Some(exif) = exif {
        stripped.insert(exif);
    }
    Some(stripped)
}

/// The chunk that says what there is, with the flags as they have become.
fn extended_header(content: &[u8], has_exif: bool) -> Option<Vec<u8>> {
    let mut chunk = Vec::with_capacity(EXTENDED);
    chunk.extend(b"VP8X");
    chunk.extend(10_u32.to_le_bytes());
    chunk.extend(content.get(..10)?);
    let flags = &mut chunk[8];
    *flags &= !(HAS_EXIF | HAS_XMP);
    if has_exif {
        *flags |= HAS_EXIF;
    }
    Some(chunk)
}
