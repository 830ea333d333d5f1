//! JPEG decoded at a half, a quarter or an eighth of its size: by leaving out of each block what
//! only the full size shows, which saves most of the work.

use std::io::Read;

use image::metadata::Orientation;
use image::{GrayImage, RgbImage};
use jpeg_decoder::{CodingProcess, Decoder, PixelFormat};

use super::decode::Decoded;
use super::size::fitted_into;

/// Decodes to the smallest of those sizes that is no smaller than the image fitted into a square
/// of `side` pixels. `None` for what this decoder does not do or what would be no smaller, and for
/// what it finds fault with: another one may be more lenient.
pub(super) fn decode_scaled(file: impl Read, side: u32) -> Option<Decoded> {
    let mut decoder = Decoder::new(file);
    decoder.read_info().ok()?;
    let info = decoder.info()?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let (across, down) = fitted_into(width, height, side);
    let is_usual = matches!(info.pixel_format, PixelFormat::L8 | PixelFormat::RGB24);
    if !is_usual || info.coding_process == CodingProcess::Lossless || 2 * across > width {
        return None;
    }
    let size = (width, height);
    let (width, height) = decoder
        .scale(u16::try_from(across).ok()?, u16::try_from(down).ok()?)
        .ok()?;
    let pixels = decoder.decode().ok()?;
    let (width, height) = (width.into(), height.into());
    let pixels = match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, pixels)?.into(),
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, pixels)?.into(),
        PixelFormat::L16 | PixelFormat::CMYK32 => return None,
    };
    Some(Decoded {
        pixels,
        size,
        orientation: decoder
            .exif_data()
            .and_then(Orientation::from_exif_chunk)
            .unwrap_or(Orientation::NoTransforms),
        colour_profile: decoder.icc_profile(),
    })
}
