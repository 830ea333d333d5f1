//! What an operator may ask the filter itself: why a request would be treated as it is.
//!
//! The question stands in the token, so that it is signed with the application's key, and so that no log of paths has
//! it.

use crate::explain::Question;
use crate::json;
use crate::jws::Parsed;
use crate::time::Timestamp;
use crate::token::{LEEWAY_SECONDS, TokenError, has_begun};
use serde::{Deserialize, Serialize};

/// The path that the filter answers itself, to an operator's token and to nothing else.
pub const EXPLAIN_PATH: &str = "/hub/explain";
/// For whom an operator's token is meant.
pub const OPERATOR_AUDIENCE: &str = "imagehub-operator";
/// The longest that an operator's token may live, in seconds.
pub const OPERATOR_SECONDS: u64 = 60;

/// The claims of an operator's token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OperatorClaims {
    /// Whose key signed it.
    pub iss: String,
    /// [`OPERATOR_AUDIENCE`].
    pub aud: String,
    /// When it was issued, in seconds since the Unix epoch.
    pub iat: u64,
    /// From when on it is not to be used any more: at most [`OPERATOR_SECONDS`] later.
    pub exp: u64,
    /// What is asked.
    pub question: Question,
}

/// The question of an operator's token, if the token is to be trusted.
pub(crate) fn open(
    token: &Parsed<'_, '_>,
    issuer: &str,
    now: Timestamp,
) -> Result<Question, TokenError> {
    let value = json::parse(token.payload()?).map_err(|_| TokenError::Claims)?;
    // Sessions are signed with the same key.
    if value.get("aud").and_then(|aud| aud.as_str()) != Some(OPERATOR_AUDIENCE) {
        return Err(TokenError::Audience);
    }
    let claims = OperatorClaims::deserialize(value).map_err(|_| TokenError::Claims)?;
    if claims.iss != issuer {
        return Err(TokenError::Issuer);
    }
    if !has_begun(claims.iat, now) {
        return Err(TokenError::NotYetValid);
    }
    let lives = claims.exp.saturating_sub(claims.iat);
    if lives > OPERATOR_SECONDS || now.secs() >= claims.exp.saturating_add(LEEWAY_SECONDS) {
        return Err(TokenError::Expired);
    }
    Ok(claims.question)
}
