//! The rules that an image's fields carry.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::codec::composed;

/// A field that breaks its rule; the text is for the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct FieldError(pub &'static str);

/// An image's id: opaque, made here, at most 32 URL-safe characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageId(String);

impl ImageId {
    /// A new id that nobody can guess: 128 random bits in lower-case hexadecimal, so that it is
    /// a distinct folder's name on every file system.
    pub fn random() -> Self {
        Self(format!("{:032x}", rand::random::<u128>()))
    }

    /// Reads an id; anything that cannot be one is refused.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let well_formed = (1..=32).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(FieldError("not an image's id"))
        }
    }

    /// The id as it stands in URLs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The SHA-256 of the bytes that are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// From the hash itself.
    pub fn new(sha256: [u8; 32]) -> Self {
        Self(sha256)
    }

    /// The hash in lower-case hexadecimal, without the algorithm's name.
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn sha256(self) -> [u8; 32] {
        self.0
    }

    pub(crate) fn from_hex(hex: &str) -> Option<Self> {
        let mut sha256 = [0; 32];
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        for (index, byte) in sha256.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).ok()?;
        }
        Some(Self(sha256))
    }
}

/// `sha256:` and the hash in hexadecimal, as the API shows it.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

/// The formats that are taken and served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MediaType {
    /// JPEG.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// PNG, animated ones (APNG) included.
    #[serde(rename = "image/png")]
    Png,
    /// GIF.
    #[serde(rename = "image/gif")]
    Gif,
    /// WebP, still or animated.
    #[serde(rename = "image/webp")]
    WebP,
}

impl MediaType {
    /// The value of `Content-Type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
        }
    }

    /// The usual ending of a file's name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::WebP => "webp",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Jpeg, Self::Png, Self::Gif, Self::WebP]
            .into_iter()
            .find(|media_type| media_type.as_str() == text)
    }
}

/// Trimmed text, composed and at most so many characters long. What would be longer by being
/// composed stays as it is: it may be stored already.
fn short_text(text: &str, most: usize) -> Option<String> {
    let text = text.trim();
    let mut forms = [composed(text), text.into()].into_iter();
    let fitting = forms.find(|form| form.chars().count() <= most);
    fitting.map(Cow::into_owned)
}

/// An image's title: at most 200 characters, no control characters, trimmed; may be empty.
///
/// Kept in Unicode's normal form C, so that what looks alike is found alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    /// Reads a title.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let text = short_text(text, 200).ok_or(FieldError("at most 200 characters"))?;
        if text.chars().any(char::is_control) {
            Err(FieldError("no control characters"))
        } else {
            Ok(Self(text))
        }
    }

    /// The title's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A tag: 1–40 characters, no comma (lists are written with commas), no control characters. Kept
/// in normal form C, as a [`Title`] is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(String);

impl Tag {
    /// Reads one tag, trimmed.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let text = short_text(text, 40).filter(|text| !text.is_empty());
        let text = text.ok_or(FieldError("a tag has 1 to 40 characters"))?;
        if text.chars().any(|c| c == ',' || c.is_control()) {
            Err(FieldError("no commas or control characters in a tag"))
        } else {
            Ok(Self(text))
        }
    }

    /// The tag's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// At most 20 tags, in the order given, none twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(Vec<Tag>);

impl Tags {
    /// Reads a list of tags; repeated ones count once.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, FieldError> {
        let mut tags: Vec<Tag> = Vec::new();
        for text in texts {
            let tag = Tag::parse(text)?;
            if tags.contains(&tag) {
                continue;
            }
            if tags.len() == 20 {
                return Err(FieldError("at most 20 tags"));
            }
            tags.push(tag);
        }
        Ok(Self(tags))
    }

    /// Reads a form's list, separated by commas; empty parts are skipped.
    pub fn parse_list(text: &str) -> Result<Self, FieldError> {
        Self::parse(text.split(',').filter(|part| !part.trim().is_empty()))
    }

    /// These and `more`, without `fewer`.
    pub(super) fn changed(&self, more: &Tags, fewer: &Tags) -> Result<Tags, FieldError> {
        let kept = self.iter().chain(more.iter());
        Tags::parse(kept.filter(|tag| !fewer.0.contains(tag)).map(Tag::as_str))
    }

    /// The tags in order.
    pub fn iter(&self) -> impl Iterator<Item = &Tag> {
        self.0.iter()
    }

    /// The tags' texts in order.
    pub fn texts(&self) -> Vec<&str> {
        self.0.iter().map(Tag::as_str).collect()
    }
}

/// A blurred impression of an image in some 25 bytes: a ThumbHash. Empty when there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placeholder(Vec<u8>);

impl Placeholder {
    /// From the hash itself; anything longer than 32 bytes is none.
    pub fn new(thumb_hash: Vec<u8>) -> Self {
        if thumb_hash.len() <= 32 {
            Self(thumb_hash)
        } else {
            Self::default()
        }
    }

    /// The hash.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The hash in base64, as it is stored and as the API shows it.
    pub fn encode(&self) -> String {
        STANDARD.encode(&self.0)
    }

    pub(crate) fn decode(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok().map(Self::new)
    }
}
