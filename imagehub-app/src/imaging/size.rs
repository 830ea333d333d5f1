//! The sizes an image is shown in.

use crate::blobs::ThumbnailSize;

/// Width and height of an image of `width` × `height` fitted into a square of `size`: never
/// enlarged, never less than one pixel a side.
pub fn fitted(width: u32, height: u32, size: ThumbnailSize) -> (u32, u32) {
    fitted_into(width, height, size.pixels())
}

/// As [`fitted`], for a square of `side` pixels.
pub(super) fn fitted_into(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longer = width.max(height).max(1);
    let target = side.min(longer);
    let scale = |side: u32| {
        let scaled =
            (u64::from(side) * u64::from(target) + u64::from(longer) / 2) / u64::from(longer);
        u32::try_from(scaled).unwrap_or(target).max(1)
    };
    (scale(width), scale(height))
}
