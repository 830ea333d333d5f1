//! The one thing in Exif that a picture cannot do without.

use image::metadata::Orientation;

/// Exif (a TIFF file) that says how the picture is to be turned and nothing else, if that is said
/// in this one and the picture is to be turned at all.
pub(super) fn only_orientation(exif: &[u8]) -> Option<Vec<u8>> {
    let orientation = Orientation::from_exif_chunk(exif)?;
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
