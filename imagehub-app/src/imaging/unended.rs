//! A JPEG that ends without its end marker, as some cameras and broken-off copies leave it.

use std::io::Read as _;

use jpeg_decoder::{CodingProcess, Decoder};

const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];

/// Bytes that are put where data may be missing.
const FILLER: usize = 4096;

/// Adds the end marker, and answers whether it was all that is missing.
pub(super) fn end(file: &mut Vec<u8>) -> bool {
    // The first half of the marker, and what may stand before it.
    while file.last() == Some(&0xff) {
        file.pop();
    }
    let whole = is_whole(file);
    file.extend(END_OF_IMAGE);
    whole
}

/// A decoder makes missing pixels of whatever follows the data: two fillers give two pictures then.
/// Of a progressive image nobody can tell, since whole scans that refine it may be missing.
fn is_whole(file: &[u8]) -> bool {
    let picture = |filler: u8| {
        let filler = [filler; FILLER];
        let mut decoder = Decoder::new(file.chain(&filler[..]).chain(&END_OF_IMAGE[..]));
        decoder.read_info().ok()?;
        let info = decoder.info()?;
        // An eighth of the size: of each block what all its other pixels are relative to.
        decoder.scale(1, 1).ok()?;
        let pixels = decoder.decode().ok()?;
        (info.coding_process == CodingProcess::DctSequential).then_some(pixels)
    };
    picture(0x00).is_some_and(|pixels| picture(0x55) == Some(pixels))
}
