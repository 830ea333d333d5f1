//! Tags.

use super::FieldError;
use super::texts::short_text;

/// A tag: 1–40 characters, no comma (lists are written with commas), no control characters. Kept
/// in normal form C, as a [`Title`](super::Title) is.
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
    pub(crate) fn changed(&self, more: &Tags, fewer: &Tags) -> Result<Tags, FieldError> {
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

/// A tag and how many images have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagCount {
    /// The tag.
    pub tag: Tag,
    /// Images with it, deleted ones not counted.
    pub images: u64,
}
