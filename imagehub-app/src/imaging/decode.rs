//! Decoding the first frame, within bounds that were reckoned from the header.

use std::io::{Cursor, ErrorKind};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};

use super::structure::Structure;
use super::{ImageError, ImageLimits};
use crate::catalogue::MediaType;

/// An image as it is stored, not yet upright.
pub(super) struct Decoded {
    pub(super) pixels: DynamicImage,
    pub(super) orientation: Orientation,
    /// The colour profile, if it fits the pixels.
    pub(super) colour_profile: Option<Vec<u8>>,
}

pub(super) fn decode(
    file: &[u8],
    structure: Structure,
    limits: &ImageLimits,
) -> Result<Decoded, ImageError> {
    let format = match structure.media_type {
        MediaType::Jpeg => ImageFormat::Jpeg,
        MediaType::Png => ImageFormat::Png,
        MediaType::Gif => ImageFormat::Gif,
        MediaType::WebP => ImageFormat::WebP,
    };
    let mut bounds = Limits::no_limits();
    bounds.max_image_width = Some(limits.side);
    bounds.max_image_height = Some(limits.side);
    bounds.max_alloc = Some(limits.decode_memory);
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(bounds);

    let mut decoder = reader.into_decoder().map_err(refusal)?;
    // Metadata that cannot be read leaves the picture as it is.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let colour_profile = decoder.icc_profile().ok().flatten();
    let pixels = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    Ok(Decoded {
        colour_profile: colour_profile.filter(|profile| describes(profile, &pixels)),
        pixels,
        orientation,
    })
}

/// Whether the profile's colour space (ICC.1, 7.2.6) is the one the pixels were decoded to: a CMYK
/// photograph's is not.
fn describes(profile: &[u8], pixels: &DynamicImage) -> bool {
    let space = profile.get(16..20);
    if pixels.color().has_color() {
        space == Some(b"RGB ")
    } else {
        space == Some(b"GRAY")
    }
}

fn refusal(error: image::ImageError) -> ImageError {
    match error {
        image::ImageError::Limits(_) => ImageError::DecodeLimit,
        image::ImageError::Unsupported(_) => ImageError::UnsupportedType,
        image::ImageError::IoError(error) if error.kind() != ErrorKind::UnexpectedEof => {
            ImageError::Broken(format!("it cannot be read: {error}"))
        }
        _ => ImageError::Broken("it cannot be decoded".to_owned()),
    }
}
