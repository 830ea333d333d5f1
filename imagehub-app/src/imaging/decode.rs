//! Decoding the first frame, within bounds that were reckoned from the header.

use std::io::{Cursor, ErrorKind};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};

use super::ImageError;
use super::scaled::decode_scaled;
use super::strip_metadata::orientation;
use crate::domain::MediaType;

/// An image as it is stored, not yet upright; a JPEG perhaps at a fraction of its size.
pub(super) struct Decoded {
    pub(super) pixels: DynamicImage,
    /// Width and height of the whole image.
    pub(super) size: (u32, u32),
    pub(super) orientation: Orientation,
    pub(super) colour_profile: Option<Vec<u8>>,
}

impl Decoded {
    /// Width and height of the whole image once it is set upright.
    pub(super) fn upright_size(&self) -> (u32, u32) {
        let (width, height) = self.size;
        match self.orientation {
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH => (height, width),
            _ => (width, height),
        }
    }
}

/// Decodes a file of which an image fitted into a square of `side` pixels is wanted, in at most
/// `memory` bytes.
pub(super) fn decode(
    file: &[u8],
    media_type: MediaType,
    side: u32,
    memory: u64,
) -> Result<Decoded, ImageError> {
    let orientation = orientation(file, media_type);
    if media_type == MediaType::Jpeg
        && let Some(decoded) = decode_scaled(file, side)
    {
        return Ok(Decoded {
            orientation,
            ..decoded
        });
    }
    let format = match media_type {
        MediaType::Jpeg => ImageFormat::Jpeg,
        MediaType::Png => ImageFormat::Png,
        MediaType::Gif => ImageFormat::Gif,
        MediaType::WebP => ImageFormat::WebP,
    };
    let mut bounds = Limits::no_limits();
    bounds.max_alloc = Some(memory);
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(bounds);

    let mut decoder = reader.into_decoder().map_err(refusal)?;
    // A profile that cannot be read leaves the picture as it is.
    let colour_profile = decoder.icc_profile().ok().flatten();
    let pixels = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    Ok(Decoded {
        size: (pixels.width(), pixels.height()),
        pixels,
        orientation,
        colour_profile,
    })
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
