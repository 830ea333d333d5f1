//! The four sizes, and how an image is brought to them.

use bytes::Bytes;
use fast_image_resize::{ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView as _, ImageEncoder};

use super::ImageError;
use super::decode::Decoded;
use crate::catalogue::MediaType;

/// A photograph at this quality shows no artefacts at the sizes made here.
const JPEG_QUALITY: u8 = 82;

/// The sizes an image is shown in: the longer side in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ThumbnailSize {
    /// 160 pixels.
    S160,
    /// 320 pixels.
    S320,
    /// 640 pixels.
    S640,
    /// 1280 pixels.
    S1280,
}

impl ThumbnailSize {
    /// All sizes, smallest first.
    pub const ALL: [ThumbnailSize; 4] = [Self::S160, Self::S320, Self::S640, Self::S1280];

    /// The longer side in pixels.
    pub fn pixels(self) -> u32 {
        match self {
            Self::S160 => 160,
            Self::S320 => 320,
            Self::S640 => 640,
            Self::S1280 => 1280,
        }
    }

    /// Reads a size as it stands in URLs.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|size| size.pixels().to_string() == text)
    }
}

/// One encoded thumbnail.
#[derive(Debug, Clone)]
pub struct Thumbnail {
    /// Which of the four.
    pub size: ThumbnailSize,
    /// How it is encoded.
    pub media_type: MediaType,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The encoded image.
    pub bytes: Bytes,
}

/// Width and height of an image of `width` × `height` fitted into a square of `size`: never
/// enlarged, never less than one pixel a side.
pub fn fitted(width: u32, height: u32, size: ThumbnailSize) -> (u32, u32) {
    let longer = width.max(height).max(1);
    let target = size.pixels().min(longer);
    let scale = |side: u32| {
        let scaled =
            (u64::from(side) * u64::from(target) + u64::from(longer) / 2) / u64::from(longer);
        u32::try_from(scaled).unwrap_or(target).max(1)
    };
    (scale(width), scale(height))
}

/// Makes all sizes, upright: each from the next larger one, the largest from the image itself.
/// Opaque images become JPEG, others PNG.
pub(super) fn make_thumbnails(image: Decoded) -> Result<[Thumbnail; 4], ImageError> {
    let Decoded {
        pixels,
        orientation,
        colour_profile,
    } = image;
    let mut resizer = Resizer::new();
    let s1280 = shrink(&mut resizer, &pixels, ThumbnailSize::S1280)?;
    drop(pixels);
    let s640 = shrink(&mut resizer, &s1280, ThumbnailSize::S640)?;
    let s320 = shrink(&mut resizer, &s640, ThumbnailSize::S320)?;
    let s160 = shrink(&mut resizer, &s320, ThumbnailSize::S160)?;

    let opaque = is_opaque(&s1280);
    let finish = |size: ThumbnailSize, pixels: DynamicImage| {
        encode(
            size,
            upright(pixels, orientation),
            opaque,
            colour_profile.as_deref(),
        )
    };
    Ok([
        finish(ThumbnailSize::S160, s160)?,
        finish(ThumbnailSize::S320, s320)?,
        finish(ThumbnailSize::S640, s640)?,
        finish(ThumbnailSize::S1280, s1280)?,
    ])
}

/// Resizes with Lanczos windows over premultiplied alpha, at the depth the image has, and
/// returns eight bits a channel.
fn shrink(
    resizer: &mut Resizer,
    image: &DynamicImage,
    size: ThumbnailSize,
) -> Result<DynamicImage, ImageError> {
    let (width, height) = fitted(image.width(), image.height(), size);
    if (width, height) == (image.width(), image.height()) {
        return Ok(to_eight_bits(image.clone()));
    }
    let mut target = DynamicImage::new(width, height, image.color());
    resizer
        .resize(image, &mut target, &ResizeOptions::new())
        .map_err(|error| ImageError::Broken(format!("it cannot be resized: {error}")))?;
    Ok(to_eight_bits(target))
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

/// Whether setting the image upright exchanges width and height.
pub(super) fn turns_sideways(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

fn upright(mut image: DynamicImage, orientation: Orientation) -> DynamicImage {
    image.apply_orientation(orientation);
    image
}

/// Whether no pixel lets anything shine through, whatever channels there are.
fn is_opaque(image: &DynamicImage) -> bool {
    !image.color().has_alpha() || image.pixels().all(|(_, _, pixel)| pixel.0[3] == u8::MAX)
}

fn encode(
    size: ThumbnailSize,
    image: DynamicImage,
    opaque: bool,
    colour_profile: Option<&[u8]>,
) -> Result<Thumbnail, ImageError> {
    let (width, height) = image.dimensions();
    let mut bytes = Vec::new();
    let (media_type, written) = if opaque {
        let image = if image.color().has_color() {
            DynamicImage::ImageRgb8(image.into_rgb8())
        } else {
            DynamicImage::ImageLuma8(image.into_luma8())
        };
        let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        (MediaType::Jpeg, write(encoder, &image, colour_profile))
    } else {
        let encoder = PngEncoder::new(&mut bytes);
        (MediaType::Png, write(encoder, &image, colour_profile))
    };
    written.map_err(|error| ImageError::Broken(format!("no thumbnail of it: {error}")))?;
    Ok(Thumbnail {
        size,
        media_type,
        width,
        height,
        bytes: bytes.into(),
    })
}

fn write(
    mut encoder: impl ImageEncoder,
    image: &DynamicImage,
    colour_profile: Option<&[u8]>,
) -> image::ImageResult<()> {
    if let Some(profile) = colour_profile {
        // An encoder that cannot embed a profile leaves the colours as they are.
        encoder.set_icc_profile(profile.to_vec()).ok();
    }
    encoder.write_image(
        image.as_bytes(),
        image.width(),
        image.height(),
        image.color().into(),
    )
}
