//! An image brought to the four sizes, each encoded in two ways.

use fast_image_resize::{MulDiv, ResizeOptions, Resizer};
use image::{DynamicImage, GenericImageView as _};

use super::ImageError;
use super::colour::to_srgb;
use super::decode::Decoded;
use super::encode::{self, is_opaque};
use super::placeholder::placeholder;
use super::size::fitted_into;
use crate::blobs::ThumbnailSize;
use crate::domain::{MediaType, Placeholder};

/// One size of an image, encoded.
#[derive(Clone)]
pub(super) struct Thumbnail {
    pub(super) size: ThumbnailSize,
    /// JPEG, or PNG where something shines through.
    pub(super) plain: Vec<u8>,
    /// For browsers that say they take it.
    pub(super) webp: Vec<u8>,
}

/// All that is made of an image to be shown.
pub(super) struct Thumbnails {
    /// Largest first.
    pub(super) all: Vec<Thumbnail>,
    /// What each `plain` is.
    pub(super) media_type: MediaType,
    pub(super) placeholder: Placeholder,
}

/// Makes all sizes, upright and in sRGB: each from the next larger one, the largest from the
/// image itself.
pub(super) fn make_thumbnails(image: Decoded) -> Result<Thumbnails, ImageError> {
    let mut resizer = Resizer::new();
    let mut current = presentable(&mut resizer, image, ThumbnailSize::S1280.pixels())?;
    let opaque = is_opaque(&current);
    if opaque && matches!(current, DynamicImage::ImageRgba8(_)) {
        current = current.into_rgb8().into();
    }
    let mut all: Vec<Thumbnail> = Vec::new();
    for size in ThumbnailSize::ALL.into_iter().rev() {
        let smaller = shrink(&mut resizer, &current, size.pixels())?;
        let unchanged = smaller.dimensions() == current.dimensions();
        match all.last() {
            // A small image answers every size with the same bytes.
            Some(last) if unchanged => {
                let same = Thumbnail {
                    size,
                    ..last.clone()
                };
                all.push(same);
            }
            _ => all.push(Thumbnail {
                size,
                plain: encode::plain(&smaller, opaque)?,
                webp: encode::webp(&smaller, opaque)?,
            }),
        }
        current = smaller;
    }
    Ok(Thumbnails {
        all,
        media_type: encode::plain_type(opaque),
        placeholder: placeholder(&mut resizer, &current)?,
    })
}

/// The image no larger than a square of `side` pixels, upright, in sRGB, eight bits a channel.
pub(super) fn presentable(
    resizer: &mut Resizer,
    image: Decoded,
    side: u32,
) -> Result<DynamicImage, ImageError> {
    let Decoded {
        pixels,
        orientation,
        colour_profile,
        size: _,
    } = image;
    let small = shrink_large(resizer, pixels, side)?;
    let mut small = match colour_profile {
        Some(profile) => to_srgb(small, &profile),
        None => small,
    };
    small.apply_orientation(orientation);
    Ok(small)
}

/// As [`shrink`], of an image that is not needed any more: alpha is multiplied in place where
/// otherwise a copy of the whole image would be.
fn shrink_large(
    resizer: &mut Resizer,
    mut image: DynamicImage,
    side: u32,
) -> Result<DynamicImage, ImageError> {
    let (width, height) = fitted_into(image.width(), image.height(), side);
    if (width, height) == image.dimensions() || !image.color().has_alpha() {
        return shrink(resizer, &image, side);
    }
    let alpha = MulDiv::new();
    alpha
        .multiply_alpha_inplace(&mut image)
        .map_err(not_resized)?;
    let mut target = DynamicImage::new(width, height, image.color());
    let options = ResizeOptions::new().use_alpha(false);
    resizer
        .resize(&image, &mut target, &options)
        .map_err(not_resized)?;
    alpha
        .divide_alpha_inplace(&mut target)
        .map_err(not_resized)?;
    Ok(to_eight_bits(target))
}

/// Resizes with Lanczos windows over premultiplied alpha, at the depth the image has, and
/// returns eight bits a channel.
pub(super) fn shrink(
    resizer: &mut Resizer,
    image: &DynamicImage,
    side: u32,
) -> Result<DynamicImage, ImageError> {
    let (width, height) = fitted_into(image.width(), image.height(), side);
    if (width, height) == (image.width(), image.height()) {
        return Ok(to_eight_bits(image.clone()));
    }
    let mut target = DynamicImage::new(width, height, image.color());
    resizer
        .resize(image, &mut target, &ResizeOptions::new())
        .map_err(not_resized)?;
    Ok(to_eight_bits(target))
}

fn not_resized(error: impl std::fmt::Display) -> ImageError {
    ImageError::Broken(format!("it cannot be resized: {error}"))
}

fn to_eight_bits(image: DynamicImage) -> DynamicImage {
    let color = image.color();
    match (color.has_color(), color.has_alpha()) {
        (false, false) => DynamicImage::ImageLuma8(image.into_luma8()),
        (false, true) => DynamicImage::ImageLumaA8(image.into_luma_alpha8()),
        (true, false) => DynamicImage::ImageRgb8(image.into_rgb8()),
        (true, true) => DynamicImage::ImageRgba8(image.into_rgba8()),
    }
}
