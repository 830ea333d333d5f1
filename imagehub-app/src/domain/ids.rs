//! Ids of images and albums, and the secrets that stand in links.

use std::fmt;

use super::FieldError;

/// 128 random bits in lower-case hexadecimal: nobody guesses it, and it is a distinct folder's name
/// on every file system.
pub(crate) fn random_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// Whether it is lower-case hexadecimal, as [`random_id`] writes it.
pub(crate) fn is_hexadecimal(text: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.bytes().all(digit)
}

/// An image's id: opaque, made here, at most 32 URL-safe characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageId(String);

impl ImageId {
    /// A new id.
    pub fn random() -> Self {
        Self(random_id())
    }

    /// Reads an id; anything that cannot be one is refused.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        if (1..=32).contains(&text.len()) && is_hexadecimal(text) {
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

/// An album's id: of the same form as an image's.
pub type AlbumId = ImageId;

/// What makes a link work: 128 random bits in lower-case hexadecimal.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LinkSecret(String);

impl LinkSecret {
    /// A new one that nobody can guess.
    pub fn random() -> Self {
        Self(random_id())
    }

    /// Reads one from a URL.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        if text.len() == 32 && is_hexadecimal(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FieldError("not a link's secret"))
        }
    }

    /// The secret as it stands in URLs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Never the secret itself, which logs must not tell.
impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSecret(…)")
    }
}
