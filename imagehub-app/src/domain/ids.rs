//! Ids of images, albums and catalogues, and the secrets that stand in links.

use std::fmt;

use super::FieldError;

/// 128 random bits in lower-case hexadecimal: nobody guesses it, and it is a distinct folder's name
/// on every file system.
pub(crate) fn random_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

macro_rules! random_ids {
    ($($(#[$about:meta])+ $name:ident: $lengths:expr, $refusal:literal;)*) => {$(
        $(#[$about])+
        pub struct $name(String);

        impl $name {
            /// A new one that nobody can guess.
            pub fn random() -> Self {
                Self(random_id())
            }

            /// Reads one; anything that cannot be one is refused.
            pub fn parse(text: &str) -> Result<Self, FieldError> {
                let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
                if $lengths.contains(&text.len()) && text.bytes().all(digit) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(FieldError($refusal))
                }
            }

            /// As it stands in URLs and names of folders.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    )*};
}

random_ids! {
    /// An image's id: opaque, made here, at most 32 URL-safe characters.
    #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
    ImageId: (1..=32), "not an image's id";
    /// Tells catalogues apart: the folder of its blobs is named by it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    CatalogueId: (32..=32), "not a catalogue's id";
    /// What makes a link work.
    #[derive(Clone, PartialEq, Eq, Hash)]
    LinkSecret: (32..=32), "not a link's secret";
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An album's id: of the same form as an image's.
pub type AlbumId = ImageId;

/// Never the secret itself, which logs must not tell.
impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSecret(…)")
    }
}
