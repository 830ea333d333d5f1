//! GIF: blocks. Comments and applications' blocks go, XMP among them; how often an animation is
//! repeated and the colour profile stay.

use super::Stripped;

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;
const GRAPHIC_CONTROL: u8 = 0xf9;
const PLAIN_TEXT: u8 = 0x01;
const APPLICATION: u8 = 0xff;

pub(super) fn strip(file: &[u8]) -> Option<Stripped<'_>> {
    let mut stripped = Stripped::new();
    let mut at = 13 + colour_table(*file.get(10)?);
    stripped.keep(file.get(..at)?);
    // Some writers leave the trailer out.
    while let Some(&kind) = file.get(at) {
        let start = at;
        let kept = match kind {
            IMAGE => {
                at += 10 + colour_table(*file.get(at + 9)?);
                at = end_of_sub_blocks(file, at + 1)?;
                true
            }
            EXTENSION => {
                let label = *file.get(at + 1)?;
                at = end_of_sub_blocks(file, at + 2)?;
                match label {
                    GRAPHIC_CONTROL | PLAIN_TEXT => true,
                    APPLICATION => is_needed(&file[start..at]),
                    _ => false,
                }
            }
            TRAILER => {
                stripped.keep(&file[start..=start]);
                break;
            }
            _ => return None,
        };
        if kept {
            stripped.keep(&file[start..at]);
        }
    }
    Some(stripped)
}

fn is_needed(application: &[u8]) -> bool {
    let names: [&[u8]; 3] = [b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"];
    application
        .get(3..14)
        .is_some_and(|name| names.contains(&name))
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
