//! The compact form of a JSON Web Signature (RFC 7515 §7.1) with EdDSA over Ed25519 (RFC 8037), and nothing else:
//! the algorithm is ours to decide, never the token's.

use crate::json;
use crate::keys::Keys;
use crate::token::{MAX_TOKEN_BYTES, TokenError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::Value;

/// A token that can be read and whose key is known. Whether its signature holds is not known yet.
pub(crate) struct Parsed<'t, 'k> {
    pub kid: String,
    pub key: &'k VerifyingKey,
    signed: &'t [u8],
    signature: [u8; 64],
    payload: Vec<u8>,
}

/// Reads form and header, and finds the key. This costs little.
pub(crate) fn parse<'t, 'k>(token: &'t [u8], keys: &'k Keys) -> Result<Parsed<'t, 'k>, TokenError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(TokenError::TooLong);
    }
    let (signed, signature) = split_last(token).ok_or(TokenError::Form)?;
    let (header, payload) = split_last(signed).ok_or(TokenError::Form)?;
    let kid = read_header(&decode(header)?)?;
    let payload = decode(payload)?;
    let signature: [u8; 64] = decode(signature)?
        .try_into()
        .map_err(|_| TokenError::Form)?;
    if keys.is_empty() {
        return Err(TokenError::NoKeys);
    }
    let key = keys.get(&kid).ok_or(TokenError::UnknownKey)?;
    Ok(Parsed {
        kid,
        key,
        signed,
        signature,
        payload,
    })
}

impl Parsed<'_, '_> {
    /// The payload's bytes as they were signed, if the signature holds. This is what costs.
    pub(crate) fn payload(&self) -> Result<&[u8], TokenError> {
        if holds(self.key, self.signed, &self.signature) {
            Ok(&self.payload)
        } else {
            Err(TokenError::Signature)
        }
    }
}

/// Whether an Ed25519 signature holds, judged strictly: `s` below the group's order, no point of small order.
fn holds(key: &VerifyingKey, signed: &[u8], signature: &[u8; 64]) -> bool {
    key.verify_strict(signed, &Signature::from_bytes(signature))
        .is_ok()
}

/// Splits at the last dot. A third dot stays in the first part, where it is no base64url.
fn split_last(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = text.iter().rposition(|byte| *byte == b'.')?;
    let (before, from_dot) = text.split_at_checked(dot)?;
    Some((before, from_dot.get(1..)?))
}

/// Unpadded base64url in its one canonical spelling: no padding, no stray trailing bits.
fn decode(part: &[u8]) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Form)
}

/// Checks the protected header and returns its `kid`. `jku`, `jwk`, `x5u` and the like name keys of the sender's
/// choice and are not looked at.
fn read_header(header: &[u8]) -> Result<String, TokenError> {
    let header = json::parse(header).map_err(|_| TokenError::Header)?;
    let header = header.as_object().ok_or(TokenError::Header)?;
    if header.get("alg").and_then(Value::as_str) != Some("EdDSA") {
        return Err(TokenError::Algorithm);
    }
    if header.contains_key("crit") || header.contains_key("b64") {
        return Err(TokenError::Critical);
    }
    if header.get("typ").is_some_and(|typ| typ != "JWT") {
        return Err(TokenError::Type);
    }
    match header.get("kid").and_then(Value::as_str) {
        Some(kid) if !kid.is_empty() => Ok(kid.to_owned()),
        _ => Err(TokenError::KeyName),
    }
}

/// What to sign for a token with these claims: `header.payload`.
pub fn signing_input(kid: &str, claims: &Value) -> String {
    let header = serde_json::json!({"alg": "EdDSA", "kid": kid, "typ": "JWT"});
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    )
}

/// The token, from what was signed and its signature.
pub fn assemble(signing_input: &str, signature: &[u8; 64]) -> String {
    format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[cfg(test)]
mod tests;
