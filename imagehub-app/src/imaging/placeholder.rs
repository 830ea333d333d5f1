//! What is shown until a thumbnail is there.

use fast_image_resize::Resizer;
use image::DynamicImage;

use super::ImageError;
use super::thumbnail::shrink;
use crate::domain::Placeholder;

/// The longest side a ThumbHash is made of: more pixels show nowhere in it.
const LONGEST: u32 = 100;

/// A ThumbHash of an upright image.
pub(super) fn placeholder(
    resizer: &mut Resizer,
    image: &DynamicImage,
) -> Result<Placeholder, ImageError> {
    let small = shrink(resizer, image, LONGEST)?.into_rgba8();
    let (width, height) = (small.width() as usize, small.height() as usize);
    Ok(Placeholder::new(thumbhash::rgba_to_thumb_hash(
        width, height, &small,
    )))
}
