//! API tokens that people made.

use imagehub_policy::{Role, TenantId};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::FieldError;
use super::timestamp::milliseconds;

/// API tokens one user may have at a time.
pub const MAX_TOKENS: usize = 100;

/// What a person calls a token: 1–60 characters, no control characters, trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenName(String);

impl TokenName {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        if !(1..=60).contains(&text.chars().count()) {
            Err(FieldError("a token's name has 1 to 60 characters"))
        } else if text.chars().any(char::is_control) {
            Err(FieldError("no control characters"))
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An API token as it is known here: never the token itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiToken {
    /// The token's `jti` claim.
    pub jti: String,
    /// What its owner calls it.
    pub name: TokenName,
    /// The one tenant it works in.
    pub tenant: TenantId,
    /// The most it may do there.
    pub role: Role,
    /// When it was made.
    #[serde(with = "milliseconds")]
    pub created_at: OffsetDateTime,
    /// When it ends.
    #[serde(with = "milliseconds")]
    pub expires_at: OffsetDateTime,
    /// When it was last used, to the minute.
    #[serde(with = "milliseconds::option")]
    pub last_use: Option<OffsetDateTime>,
}
