//! One thumbnail of one file, for who wants to know what it costs.

use std::fs::File;
use std::path::Path;

use fast_image_resize::Resizer;

use super::bytewise::Bytewise;
use super::container::sniff;
use super::decode::decode;
use super::encode;
use super::scaled::decode_scaled;
use super::thumbnail::presentable;
use super::{ImageError, ImageLimits};

/// Writes a thumbnail of `file`, no larger than a square of `side` pixels, to `out`: WebP if it
/// is called so, otherwise JPEG, or PNG where something shines through. A JPEG is decoded as it
/// is read, so that neither the file nor the whole image is ever in memory.
pub fn write_thumbnail(file: &Path, out: &Path, side: u32) -> Result<(), ImageError> {
    let reader = File::open(file).map_err(ImageError::unavailable)?;
    let decoded = match decode_scaled(Bytewise::new(reader), side) {
        Some(decoded) => decoded,
        None => {
            let whole = std::fs::read(file).map_err(ImageError::unavailable)?;
            let media_type = sniff(&whole).ok_or(ImageError::UnsupportedType)?;
            decode(
                &whole,
                media_type,
                side,
                ImageLimits::default().decode_memory,
            )?
        }
    };
    let image = presentable(&mut Resizer::new(), decoded, side)?;
    let opaque = encode::is_opaque(&image);
    let bytes = if out.extension().is_some_and(|ending| ending == "webp") {
        encode::webp(&image, opaque)?
    } else {
        encode::plain(&image, opaque)?
    };
    std::fs::write(out, bytes).map_err(ImageError::unavailable)
}
