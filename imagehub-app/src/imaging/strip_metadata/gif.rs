//! GIF: blocks. Comments, texts and applications' blocks go, XMP among them; how often an animation
//! is repeated and the colour profile stay.

use super::Stripped;
use super::profile::anonymous;
use crate::imaging::container::gif::{Block, Blocks};

const GRAPHIC_CONTROL: u8 = 0xf9;
const PLAIN_TEXT: u8 = 0x01;
const APPLICATION: u8 = 0xff;
/// An application's block up to its data: introducer, label, length, name.
const NAMED: usize = 14;

pub(super) fn strip(file: &[u8]) -> Option<Stripped<'_>> {
    let mut stripped = Stripped::new();
    let mut blocks = Blocks::new(file)?;
    stripped.keep(blocks.head());
    // How the next picture, or text, is to be shown.
    let mut control = None;
    while let Some(block) = blocks.next()? {
        match block {
            Block::Image(_, whole) => {
                stripped.keep(whole);
                control = None;
            }
            Block::Trailer(whole) => stripped.keep(whole),
            Block::Extension(GRAPHIC_CONTROL, whole) => {
                control = Some(stripped.keep_for_now(whole));
            }
            // Nobody shows it; what says how goes with it, lest it be the next picture's.
            Block::Extension(PLAIN_TEXT, _) => {
                if let Some(place) = control.take() {
                    stripped.replace(place, Vec::new());
                }
            }
            Block::Extension(APPLICATION, whole) => keep_application(&mut stripped, whole),
            Block::Extension(..) => {}
        }
    }
    Some(stripped)
}

fn keep_application<'a>(stripped: &mut Stripped<'a>, block: &'a [u8]) {
    let kept = match block.get(3..NAMED) {
        Some(b"NETSCAPE2.0" | b"ANIMEXTS1.0") => looping(block),
        Some(b"ICCRGBG1012") => anonymous_profile(block).unwrap_or_else(|| block.to_vec()),
        _ => return,
    };
    if kept == block {
        stripped.keep(block);
    } else {
        stripped.insert(kept);
    }
}

/// Of an animation's block, how often it is repeated and how much is to be waited for; whatever
/// else is in it is nobody's business.
fn looping(block: &[u8]) -> Vec<u8> {
    let mut kept = block[..NAMED].to_vec();
    for (number, data) in sub_blocks(&block[NAMED..]).take(2).enumerate() {
        let length = if number == 0 { 3 } else { 5 };
        if data.len() == length && usize::from(data[0]) == number + 1 {
            push_sub_block(&mut kept, data);
        }
    }
    kept.push(0);
    kept
}

/// A colour profile's block without what is private in it, if there is.
fn anonymous_profile(block: &[u8]) -> Option<Vec<u8>> {
    let profile: Vec<u8> = sub_blocks(&block[NAMED..]).flatten().copied().collect();
    let changed = anonymous(&profile)?;
    let mut kept = block[..NAMED].to_vec();
    for data in changed.chunks(255) {
        push_sub_block(&mut kept, data);
    }
    kept.push(0);
    Some(kept)
}

fn push_sub_block(block: &mut Vec<u8>, data: &[u8]) {
    block.extend(u8::try_from(data.len()));
    block.extend(data);
}

/// The data of sub-blocks, up to the empty one.
fn sub_blocks(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (&length, after) = rest.split_first().filter(|(length, _)| **length > 0)?;
        let (data, after) = after.split_at_checked(length.into())?;
        rest = after;
        Some(data)
    })
}
