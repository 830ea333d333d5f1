//! What an image's files are called, in its folder and in an object store alike.

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

/// The file that is pulled.
pub const ORIGINAL: &str = "original";

/// How a thumbnail is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// JPEG, or PNG where something shines through: for everybody.
    Plain,
    /// WebP: for who says that they take it.
    WebP,
}

impl Encoding {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Plain, Self::WebP];
}

/// A thumbnail's file.
pub fn thumbnail_name(size: ThumbnailSize, encoding: Encoding) -> &'static str {
    use Encoding::{Plain, WebP};
    match (size, encoding) {
        (ThumbnailSize::S160, Plain) => "thumb-160",
        (ThumbnailSize::S320, Plain) => "thumb-320",
        (ThumbnailSize::S640, Plain) => "thumb-640",
        (ThumbnailSize::S1280, Plain) => "thumb-1280",
        (ThumbnailSize::S160, WebP) => "thumb-160.webp",
        (ThumbnailSize::S320, WebP) => "thumb-320.webp",
        (ThumbnailSize::S640, WebP) => "thumb-640.webp",
        (ThumbnailSize::S1280, WebP) => "thumb-1280.webp",
    }
}

/// Every file an image may have, the original last.
pub fn all_names() -> impl Iterator<Item = &'static str> {
    let thumbnails = ThumbnailSize::ALL
        .into_iter()
        .flat_map(|size| Encoding::ALL.map(|encoding| thumbnail_name(size, encoding)));
    thumbnails.chain([ORIGINAL])
}
