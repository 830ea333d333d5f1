//! Session tokens: what they claim, and whether to trust it (RFC 7519, RFC 8725).

use crate::identity::{Plan, Role, TenantId, Username};
use crate::json::{self, Ordered};
use crate::jws;
use crate::keys::Keys;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use thiserror::Error;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// How far clocks may differ, in seconds.
pub const LEEWAY_SECONDS: u64 = 30;
const MAX_JTI_BYTES: usize = 128;

/// Why a token is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum TokenError {
    /// More than 8 KiB.
    #[error("the token is longer than 8192 bytes")]
    TooLong,
    /// Not three parts of canonical unpadded base64url.
    #[error("the token has not the form of a compact JWS")]
    Form,
    /// The header is no JSON object, or has a member twice.
    #[error("the token's header cannot be read")]
    Header,
    /// An algorithm other than EdDSA.
    #[error("the token's algorithm is not EdDSA")]
    Algorithm,
    /// `crit` or `b64`: the token asks for something we do not do.
    #[error("the token's header has crit or b64")]
    Critical,
    /// `typ` is not `JWT`.
    #[error("the token's type is not JWT")]
    Type,
    /// No `kid`.
    #[error("the token names no key")]
    KeyName,
    /// There are no keys to verify anything with.
    #[error("there are no keys yet")]
    NoKeys,
    /// The `kid` is not among the keys. It may be new.
    #[error("the token's key is unknown")]
    UnknownKey,
    /// The signature does not hold.
    #[error("the token's signature does not hold")]
    Signature,
    /// The payload lacks a claim, or one has not its type.
    #[error("the token's claims cannot be read")]
    Claims,
    /// Issued by somebody else.
    #[error("the token is from another issuer")]
    Issuer,
    /// Meant for somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// Issued in the future, or not to be used yet.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Too old.
    #[error("the token has expired")]
    Expired,
}

/// A user's standing in one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// What the user may do there.
    pub role: Role,
    /// The tenant's plan.
    pub plan: Plan,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum TokenKind {
    /// A person's session, for an hour. It has no `use` claim.
    #[default]
    #[serde(skip)]
    Session,
    /// A program's access to one tenant, until it is revoked or expires.
    #[serde(rename = "api")]
    Api,
}

/// What a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The user.
    pub sub: Username,
    /// When it was issued, in seconds since the Unix epoch.
    pub iat: u64,
    /// From when on it is not to be used any more, in seconds since the Unix epoch.
    pub exp: u64,
    /// Its own name.
    pub jti: String,
    /// The claim `use`: what the token is for.
    pub kind: TokenKind,
    /// The claim `gen`, 0 if it is not there: signing out everywhere makes the sessions of an earlier one worthless.
    pub generation: u64,
    /// The user's tenants.
    pub tenants: BTreeMap<TenantId, Grant>,
}

#[derive(Deserialize)]
struct Payload {
    iss: String,
    aud: String,
    sub: Username,
    iat: u64,
    #[serde(default)]
    nbf: u64,
    exp: u64,
    jti: String,
    #[serde(rename = "use", default)]
    kind: TokenKind,
    #[serde(rename = "gen", default)]
    generation: u64,
    tenants: Ordered<TenantId, Grant>,
}

/// A token's claims, and when they begin to count.
pub(crate) struct Opened {
    pub claims: Claims,
    pub not_before: u64,
}

/// Verifies a token, everything of it: size, form, header, signature, issuer, audience, times (with 30 s of leeway)
/// and the shape of its claims.
pub fn verify(
    token: &[u8],
    keys: &Keys,
    issuer: &str,
    audience: &str,
    now: Timestamp,
) -> Result<Claims, TokenError> {
    let parsed = jws::parse(token, keys)?;
    open(&parsed, issuer, audience, now).map(|opened| opened.claims)
}

pub(crate) fn open(
    token: &jws::Parsed<'_, '_>,
    issuer: &str,
    audience: &str,
    now: Timestamp,
) -> Result<Opened, TokenError> {
    let value: Value = json::parse(token.payload()?).map_err(|_| TokenError::Claims)?;
    if value.get("nbf").is_some_and(|nbf| !nbf.is_u64()) {
        return Err(TokenError::Claims);
    }
    let payload = Payload::deserialize(value).map_err(|_| TokenError::Claims)?;
    if payload.jti.is_empty() || payload.jti.len() > MAX_JTI_BYTES {
        return Err(TokenError::Claims);
    }
    if payload.iss != issuer {
        return Err(TokenError::Issuer);
    }
    if payload.aud != audience {
        return Err(TokenError::Audience);
    }
    let not_before = payload.iat.max(payload.nbf);
    if !has_begun(not_before, now) {
        return Err(TokenError::NotYetValid);
    }
    if now.secs() >= payload.exp.saturating_add(LEEWAY_SECONDS) {
        return Err(TokenError::Expired);
    }
    let claims = Claims {
        sub: payload.sub,
        iat: payload.iat,
        exp: payload.exp,
        jti: payload.jti,
        kind: payload.kind,
        generation: payload.generation,
        tenants: payload.tenants.0.into_iter().collect(),
    };
    Ok(Opened { claims, not_before })
}

pub(crate) fn has_begun(not_before: u64, now: Timestamp) -> bool {
    not_before <= now.secs().saturating_add(LEEWAY_SECONDS)
}
