//! WebP (RFC 9649): RIFF chunks. Exif, XMP and chunks nobody knows go, from within frames too, and
//! the flags that announce them; picture, alpha, animation and colour profile stay.

use std::borrow::Cow;

use super::Stripped;
use super::orientation::{only_orientation, stated};
use super::profile::anonymous;
use crate::imaging::container::webp::{Chunk, FRAME, chunks, split_off};

const EXTENDED: usize = 18;
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;

/// All Exif; a file of the simple kind has none.
pub(super) fn exif(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = chunks(file).unwrap_or_default();
    let chunks = std::iter::from_fn(move || split_off(&mut rest));
    let chunks = chunks.skip_while(|chunk| chunk.name != b"VP8X");
    chunks
        .filter(|chunk| chunk.name == b"EXIF")
        .map(|chunk| chunk.content)
}

fn turns(chunk: &Chunk<'_>) -> bool {
    chunk.name == b"EXIF" && stated(chunk.content).is_some()
}

pub(super) fn strip(file: &[u8]) -> Option<Stripped<'_>> {
    let mut rest = chunks(file)?;
    let (mut kept, mut flags, mut exif) = (Vec::new(), None, None);
    let mut turned = false;
    while !rest.is_empty() {
        let chunk = split_off(&mut rest)?;
        match chunk.name {
            b"VP8X" => flags = Some(chunk.content),
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" => kept.push(Cow::Borrowed(chunk.whole)),
            b"ICCP" => kept.push(match anonymous(chunk.content) {
                Some(profile) => Cow::Owned(new_chunk(*b"ICCP", &profile)?),
                None => Cow::Borrowed(chunk.whole),
            }),
            b"ANMF" => kept.push(frame(&chunk)?),
            b"EXIF" if !turned && flags.is_some() && turns(&chunk) => {
                turned = true;
                exif = only_orientation(chunk.content);
            }
            _ => {}
        }
    }
    if let Some(content) = flags {
        kept.insert(0, Cow::Owned(extended_header(content, exif.is_some())?));
    }
    if let Some(exif) = exif {
        kept.push(Cow::Owned(new_chunk(*b"EXIF", &exif)?));
    }
    let size = 4 + kept.iter().map(|chunk| chunk.len()).sum::<usize>();
    let size = u32::try_from(size).ok()?.to_le_bytes();
    let mut stripped = Stripped::new();
    stripped.insert([b"RIFF", &size[..], b"WEBP"].concat());
    stripped.pieces.extend(kept);
    Some(stripped)
}

/// A frame of an animation, with nothing in it but its picture.
fn frame<'a>(frame: &Chunk<'a>) -> Option<Cow<'a, [u8]>> {
    let (head, mut rest) = frame.content.split_at_checked(FRAME)?;
    let mut content = head.to_vec();
    let mut is_whole = true;
    while !rest.is_empty() {
        let chunk = split_off(&mut rest)?;
        match chunk.name {
            b"VP8 " | b"VP8L" | b"ALPH" => content.extend(chunk.whole),
            _ => is_whole = false,
        }
    }
    Some(if is_whole {
        Cow::Borrowed(frame.whole)
    } else {
        Cow::Owned(new_chunk(*frame.name, &content)?)
    })
}

fn new_chunk(name: [u8; 4], content: &[u8]) -> Option<Vec<u8>> {
    let size = u32::try_from(content.len()).ok()?.to_le_bytes();
    let padding = &[0][..content.len() % 2];
    Some([&name, &size[..], content, padding].concat())
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
