//! What an upload may ask of us.

use std::time::Duration;

use crate::config::Config;

use crate::domain::MediaType;

/// Limits of one image, each a setting.
#[derive(Debug, Clone)]
pub struct ImageLimits {
    /// Bytes of a file.
    pub bytes: u64,
    /// Pixels of a JPEG, which takes the least memory to decode.
    pub jpeg_pixels: u64,
    /// Pixels of any other format.
    pub pixels: u64,
    /// Pixels of the longer side.
    pub side: u32,
    /// Frames of an animation.
    pub frames: u32,
    /// Processor time for one decode, thumbnails included. On the clock it may take three times as
    /// long, since a busy machine is not the image's fault.
    pub decode_time: Duration,
    /// Bytes of memory for one decode.
    pub decode_memory: u64,
}

impl ImageLimits {
    /// What the settings say.
    pub fn of(config: &Config) -> Self {
        Self {
            bytes: config.max_file_bytes,
            jpeg_pixels: config.max_jpeg_pixels,
            pixels: config.max_pixels,
            side: config.max_side,
            frames: config.max_frames,
            decode_time: Duration::from_secs(config.decode_seconds),
            decode_memory: config.decode_memory,
        }
    }
}

impl Default for ImageLimits {
    fn default() -> Self {
        Self {
            bytes: 32 * 1024 * 1024,
            jpeg_pixels: 64_000_000,
            pixels: 40_000_000,
            side: 16_384,
            frames: 200,
            decode_time: Duration::from_secs(10),
            decode_memory: 256 * 1024 * 1024,
        }
    }
}

impl ImageLimits {
    pub(super) fn pixels_of(&self, media_type: MediaType) -> u64 {
        match media_type {
            MediaType::Jpeg => self.jpeg_pixels,
            MediaType::Png | MediaType::Gif | MediaType::WebP => self.pixels,
        }
    }
}

/// Whole MiB, rounded up.
pub(super) fn mib(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(1024 * 1024)).unwrap_or(u32::MAX)
}
