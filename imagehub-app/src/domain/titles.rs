//! Titles.

use super::FieldError;
use super::texts::short_text;

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

/// An album's title: an image's title that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlbumTitle(Title);

impl AlbumTitle {
    /// Reads a title.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let title = Title::parse(text)?;
        if title.as_str().is_empty() {
            Err(FieldError("an album needs a title"))
        } else {
            Ok(Self(title))
        }
    }

    /// The title's text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}
