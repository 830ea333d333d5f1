//! What a file's container says, read without decoding a pixel: format, size, frames, whether it
//! is all there, and how much memory decoding it will take.

mod bytes;
pub(super) mod gif;
pub(super) mod jpeg;
pub(super) mod png;
pub(super) mod webp;

use super::{ImageError, ImageLimits};
use crate::domain::MediaType;

/// A file that is whole and within the limits, as far as its container tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Structure {
    pub(super) media_type: MediaType,
    /// Whether it has several frames.
    pub(super) animated: bool,
    /// Bytes that decoding the first frame needs beside the file itself.
    pub(super) decode_memory: u64,
    /// Whether a JPEG ends without its end marker: pixels may be missing, too.
    pub(super) lacks_end: bool,
}

/// What stands at the beginning of a file.
struct Header {
    width: u32,
    height: u32,
}

/// What only a walk to the end of a file tells.
struct Body {
    frames: u32,
    decode_memory: u64,
    lacks_end: bool,
}

/// Looks at a file, cheapest check first: the header is judged before the rest is looked at.
pub(super) fn examine(file: &[u8], limits: &ImageLimits) -> Result<Structure, ImageError> {
    let media_type = sniff(file).ok_or_else(|| {
        if is_heic(file) {
            ImageError::Heic
        } else {
            ImageError::UnsupportedType
        }
    })?;
    let header = match media_type {
        MediaType::Jpeg => jpeg::header(file),
        MediaType::Png => png::header(file),
        MediaType::Gif => gif::header(file),
        MediaType::WebP => webp::header(file),
    };
    let header = header.ok_or_else(|| broken("its header is cut short or damaged"))?;
    refuse_too_many_pixels(&header, limits, media_type)?;

    let body = match media_type {
        MediaType::Jpeg => jpeg::body(file),
        MediaType::Png => png::body(file),
        MediaType::Gif => gif::body(file),
        MediaType::WebP => webp::body(file, &header),
    };
    let body = body.ok_or_else(|| broken("it is cut short or damaged"))?;
    if body.frames > limits.frames {
        return Err(ImageError::TooManyFrames {
            frames: body.frames,
            limit: limits.frames,
        });
    }
    if body.decode_memory.saturating_add(file.len() as u64) > limits.decode_memory {
        return Err(ImageError::DecodeLimit);
    }
    Ok(Structure {
        media_type,
        animated: body.frames > 1,
        decode_memory: body.decode_memory,
        lacks_end: body.lacks_end,
    })
}

/// The format by its first bytes.
pub(super) fn sniff(file: &[u8]) -> Option<MediaType> {
    if file.starts_with(&[0xff, 0xd8, 0xff]) {
        Some(MediaType::Jpeg)
    } else if file.starts_with(png::SIGNATURE) {
        Some(MediaType::Png)
    } else if file.starts_with(b"GIF87a") || file.starts_with(b"GIF89a") {
        Some(MediaType::Gif)
    } else if file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP") {
        Some(MediaType::WebP)
    } else {
        None
    }
}

/// Whether it is a HEIF container (ISO/IEC 23008-12) whose brand says HEVC, or leaves the codec open.
fn is_heic(file: &[u8]) -> bool {
    file.get(4..8) == Some(b"ftyp")
        && matches!(
            file.get(8..12),
            Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1")
        )
}

fn refuse_too_many_pixels(
    header: &Header,
    limits: &ImageLimits,
    media_type: MediaType,
) -> Result<(), ImageError> {
    let Header { width, height } = *header;
    if width == 0 || height == 0 {
        return Err(broken("it has no pixels"));
    }
    let pixels = u64::from(width) * u64::from(height);
    let limit = limits.pixels_of(media_type);
    if pixels > limit {
        return Err(ImageError::TooManyPixels {
            width,
            height,
            limit,
        });
    }
    let side = width.max(height);
    if side > limits.side {
        return Err(ImageError::SideTooLong {
            side,
            limit: limits.side,
        });
    }
    Ok(())
}

fn broken(why: &str) -> ImageError {
    ImageError::Broken(why.to_owned())
}
