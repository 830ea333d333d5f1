//! The sizes an image is shown in.

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

/// Width and height of an image of `width` × `height` fitted into a square of `size`: never
/// enlarged, never less than one pixel a side.
pub fn fitted(width: u32, height: u32, size: ThumbnailSize) -> (u32, u32) {
    fitted_into(width, height, size.pixels())
}

/// As [`fitted`], for a square of `side` pixels.
pub(super) fn fitted_into(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longer = width.max(height).max(1);
    let target = side.min(longer);
    let scale = |side: u32| {
        let scaled =
            (u64::from(side) * u64::from(target) + u64::from(longer) / 2) / u64::from(longer);
        u32::try_from(scaled).unwrap_or(target).max(1)
    };
    (scale(width), scale(height))
}
