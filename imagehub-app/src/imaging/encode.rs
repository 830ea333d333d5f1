//! Thumbnails as bytes: WebP for who takes it, JPEG or PNG for everybody.

use image::codecs::png::PngEncoder;
use image::{DynamicImage, GenericImageView as _, ImageEncoder};
use jpeg_encoder::{ColorType, Encoder as JpegEncoder, SamplingFactor};
use webp::WebPConfig;

use super::ImageError;
use crate::domain::MediaType;

/// A photograph at this quality shows no artefacts at the sizes made here.
const JPEG_QUALITY: u8 = 82;
/// As good to the eye as the JPEG.
const WEBP_QUALITY: f32 = 78.0;
/// Of 0 (fastest) to 6. Each step beyond makes a few percent less of a file at a multiple of the
/// time.
const WEBP_METHOD: i32 = 0;

/// Whether no pixel lets anything shine through, whatever channels there are.
pub(super) fn is_opaque(image: &DynamicImage) -> bool {
    !image.color().has_alpha() || image.pixels().all(|(_, _, pixel)| pixel.0[3] == u8::MAX)
}

/// What [`plain`] makes.
pub(super) fn plain_type(opaque: bool) -> MediaType {
    if opaque {
        MediaType::Jpeg
    } else {
        MediaType::Png
    }
}

/// JPEG, or PNG where something shines through.
pub(super) fn plain(image: &DynamicImage, opaque: bool) -> Result<Vec<u8>, ImageError> {
    if !opaque {
        return png(image);
    }
    match image {
        DynamicImage::ImageRgb8(_) => jpeg(image, ColorType::Rgb),
        DynamicImage::ImageLuma8(_) => jpeg(image, ColorType::Luma),
        _ if image.color().has_color() => jpeg(&image.to_rgb8().into(), ColorType::Rgb),
        _ => jpeg(&image.to_luma8().into(), ColorType::Luma),
    }
}

/// Colours at half the resolution of light, as cameras write it.
fn jpeg(image: &DynamicImage, colours: ColorType) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes, JPEG_QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    // No thumbnail has a side of more than 1280 pixels.
    let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
    let (width, height) = (side(image.width()), side(image.height()));
    encoder
        .encode(image.as_bytes(), width, height, colours)
        .map_err(not_written)?;
    Ok(bytes)
}

fn png(image: &DynamicImage) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    let (width, height) = image.dimensions();
    PngEncoder::new(&mut bytes)
        .write_image(image.as_bytes(), width, height, image.color().into())
        .map_err(not_written)?;
    Ok(bytes)
}

fn not_written(error: impl std::fmt::Display) -> ImageError {
    ImageError::Broken(format!("no thumbnail of it: {error}"))
}

/// Lossy WebP, alpha included.
pub(super) fn webp(image: &DynamicImage, opaque: bool) -> Result<Vec<u8>, ImageError> {
    let (width, height) = image.dimensions();
    let mut config = WebPConfig::new().map_err(|()| no_webp())?;
    config.quality = WEBP_QUALITY;
    config.method = WEBP_METHOD;
    let encoded = match image {
        DynamicImage::ImageRgb8(pixels) => {
            webp::Encoder::from_rgb(pixels, width, height).encode_advanced(&config)
        }
        _ if opaque => {
            webp::Encoder::from_rgb(&image.to_rgb8(), width, height).encode_advanced(&config)
        }
        _ => webp::Encoder::from_rgba(&image.to_rgba8(), width, height).encode_advanced(&config),
    };
    Ok(encoded.map_err(|_| no_webp())?.to_vec())
}

/// It fails only where memory does.
fn no_webp() -> ImageError {
    ImageError::DecodeLimit
}
