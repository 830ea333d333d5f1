//! Colours as every screen understands them.

use image::DynamicImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Brings colours that a profile describes to sRGB, so that a wide gamut is shown right where the
/// profile is not looked at. A profile that is damaged, or of another kind of colours than the
/// pixels were decoded to (a CMYK photograph's), leaves them as they are.
pub(super) fn to_srgb(image: DynamicImage, profile: &[u8]) -> DynamicImage {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else {
        return image;
    };
    if profile.color_space != DataColorSpace::Rgb {
        return image;
    }
    match image {
        DynamicImage::ImageRgb8(mut pixels) => {
            convert(&profile, Layout::Rgb, &mut pixels);
            DynamicImage::ImageRgb8(pixels)
        }
        DynamicImage::ImageRgba8(mut pixels) => {
            convert(&profile, Layout::Rgba, &mut pixels);
            DynamicImage::ImageRgba8(pixels)
        }
        other => other,
    }
}

fn convert(profile: &ColorProfile, layout: Layout, pixels: &mut [u8]) {
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let Ok(transform) = profile.create_transform_8bit(layout, &srgb, layout, options) else {
        return;
    };
    let mut converted = vec![0; pixels.len()];
    if transform.transform(pixels, &mut converted).is_ok() {
        pixels.copy_from_slice(&converted);
    }
}
