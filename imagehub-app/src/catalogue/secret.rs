//! Secrets that stand in links.

use std::fmt;

use super::FieldError;

/// What makes a link work: 128 random bits in lower-case hexadecimal.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LinkSecret(String);

impl LinkSecret {
    /// A new one that nobody can guess.
    pub fn random() -> Self {
        Self(format!("{:032x}", rand::random::<u128>()))
    }

    /// Reads one from a URL.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let well_formed = text.len() == 32
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if well_formed {
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
