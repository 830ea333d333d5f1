//! The one thing in Exif that a picture cannot do without: how it is to be turned.

use image::metadata::Orientation;

use super::{exif, tiff};
use crate::domain::MediaType;

/// How a file's picture is to be turned, by whatever Exif is kept of it. Decoders look for it in
/// other places each, some of them in none.
pub(in crate::imaging) fn orientation(file: &[u8], media_type: MediaType) -> Orientation {
    exif(file, media_type)
        .find_map(stated)
        .unwrap_or(Orientation::NoTransforms)
}

/// What Exif says about it, if anything.
pub(super) fn stated(exif: &[u8]) -> Option<Orientation> {
    Orientation::from_exif_chunk(tiff(exif))
}

/// Exif that says how the picture is to be turned and nothing else, if that is said in this one and
/// the picture is to be turned at all.
pub(super) fn only_orientation(exif: &[u8]) -> Option<Vec<u8>> {
    let orientation = stated(exif)?;
    if orientation == Orientation::NoTransforms {
        return None;
    }
    #[rustfmt::skip]
    let tiff = [
        // Big-endian; the first directory follows at once.
        b'M', b'M', 0, 42, 0, 0, 0, 8,
        // One entry: tag 0x112, of type SHORT, one of it.
        0, 1,
        0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation.to_exif(), 0, 0,
        // No other directory.
        0, 0, 0, 0,
    ];
    Some(tiff.to_vec())
}
