//! Public keys that tokens are verified with, read from a JSON Web Key Set (RFC 7517, RFC 8037).

use crate::json;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::VerifyingKey;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use thiserror::Error;

/// The longest key set that is read, in bytes.
pub const MAX_JWKS_BYTES: usize = 64 * 1024;
const MAX_KID_BYTES: usize = 128;

/// Why a key set is not taken. The keys one has stay.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JwksError {
    /// More than 64 KiB.
    #[error("longer than 65536 bytes")]
    TooLong,
    /// Not JSON, or not as strict as we want it.
    #[error("not a key set: {0}")]
    Json(String),
    /// `keys` is missing or not an array of objects.
    #[error("no array \"keys\" of objects")]
    Shape,
    /// An Ed25519 key without what it needs, or with a private part.
    #[error("key {index}: {reason}")]
    Key {
        /// Its place in the array, from 0.
        index: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No Ed25519 key in it.
    #[error("no Ed25519 key in it")]
    Empty,
}

/// Verification keys by their `kid`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(BTreeMap<String, VerifyingKey>);

impl Keys {
    /// No keys: nothing can be verified.
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// Reads a key set of at most 64 KiB. Keys of other types are passed over (RFC 7517 §5); an Ed25519 key that is
    /// malformed, weak or listed under a `kid` already seen spoils the whole set, and so does having none.
    pub fn from_jwks(jwks: &[u8]) -> Result<Self, JwksError> {
        if jwks.len() > MAX_JWKS_BYTES {
            return Err(JwksError::TooLong);
        }
        Self::from_value(&json::parse(jwks).map_err(|e| JwksError::Json(e.to_string()))?)
    }

    pub(crate) fn from_value(jwks: &Value) -> Result<Self, JwksError> {
        let listed = jwks
            .get("keys")
            .and_then(Value::as_array)
            .ok_or(JwksError::Shape)?;
        let mut keys = BTreeMap::new();
        for (index, jwk) in listed.iter().enumerate() {
            let jwk = jwk.as_object().ok_or(JwksError::Shape)?;
            if !is_ed25519(jwk) {
                continue;
            }
            let (kid, key) = read_key(jwk).map_err(|reason| JwksError::Key { index, reason })?;
            if keys.insert(kid, key).is_some() {
                return Err(JwksError::Key {
                    index,
                    reason: "its kid is listed twice",
                });
            }
        }
        if keys.is_empty() {
            return Err(JwksError::Empty);
        }
        Ok(Self(keys))
    }

    /// The key of that name.
    pub fn get(&self, kid: &str) -> Option<&VerifyingKey> {
        self.0.get(kid)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of all keys, in order.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn text<'a>(jwk: &'a Map<String, Value>, member: &str) -> Option<&'a str> {
    jwk.get(member).and_then(Value::as_str)
}

fn is_ed25519(jwk: &Map<String, Value>) -> bool {
    text(jwk, "kty") == Some("OKP") && text(jwk, "crv") == Some("Ed25519")
}

fn read_key(jwk: &Map<String, Value>) -> Result<(String, VerifyingKey), &'static str> {
    if jwk.contains_key("d") {
        return Err("it is a private key");
    }
    if jwk.get("use").is_some_and(|usage| usage != "sig") {
        return Err("its use is not sig");
    }
    if jwk
        .get("alg")
        .is_some_and(|alg| alg != "EdDSA" && alg != "Ed25519")
    {
        return Err("its alg is not EdDSA");
    }
    let kid = text(jwk, "kid").ok_or("it has no kid")?;
    if kid.is_empty() || kid.len() > MAX_KID_BYTES {
        return Err("its kid is empty or longer than 128 bytes");
    }
    let x = text(jwk, "x").ok_or("it has no x")?;
    let x = URL_SAFE_NO_PAD
        .decode(x)
        .map_err(|_| "its x is not unpadded base64url")?;
    let x = <[u8; 32]>::try_from(x).map_err(|_| "its x is not 32 bytes")?;
    let key = VerifyingKey::from_bytes(&x).map_err(|_| "its x is no point of the curve")?;
    if key.is_weak() {
        return Err("it is weak");
    }
    Ok((kid.to_owned(), key))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037 appendix A.2.
    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn jwk(extra: &str) -> String {
        format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"{X}"{extra}}}"#)
    }

    fn read(keys: &[&str]) -> Result<Vec<String>, JwksError> {
        let set = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
        Keys::from_jwks(set.as_bytes()).map(|keys| keys.kids().map(str::to_owned).collect())
    }

    #[test]
    fn ed25519_keys_are_taken_and_other_types_passed_over() {
        let rsa = r#"{"kty":"RSA","kid":"r","n":"AQAB","e":"AQAB"}"#;
        let x25519 = r#"{"kty":"OKP","crv":"X25519","kid":"x","x":"AAAA"}"#;
        let ours = jwk(r#","use":"sig","alg":"EdDSA","x-unknown":1"#);
        assert_eq!(read(&[rsa, &ours, x25519]), Ok(vec!["k1".to_owned()]));
        assert_eq!(read(&[rsa]), Err(JwksError::Empty));
        assert_eq!(read(&[]), Err(JwksError::Empty));
    }

    #[test]
    fn a_bad_ed25519_key_spoils_the_set() {
        let reason = |key: &str| match read(&[key]) {
            Err(JwksError::Key { index: 0, reason }) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason(&jwk(r#","d":"AAAA""#)), "it is a private key");
        assert_eq!(reason(&jwk(r#","use":"enc""#)), "its use is not sig");
        assert_eq!(reason(&jwk(r#","alg":"HS256""#)), "its alg is not EdDSA");
        assert_eq!(
            reason(&jwk("").replace("k1", "")),
            "its kid is empty or longer than 128 bytes"
        );
        assert_eq!(
            reason(&jwk("").replace(X, &X[1..])),
            "its x is not unpadded base64url"
        );
        assert_eq!(
            reason(&jwk("").replace(X, &format!("{X}="))),
            "its x is not unpadded base64url"
        );
        assert_eq!(reason(&jwk("").replace(X, "AAAA")), "its x is not 32 bytes");
        // The neutral element, a point of small order.
        assert_eq!(
            reason(&jwk("").replace(X, "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
            "it is weak"
        );
        assert_eq!(
            reason(&jwk("").replace(X, "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
            "its x is no point of the curve"
        );
        assert_eq!(
            read(&[&jwk(""), &jwk("")]),
            Err(JwksError::Key {
                index: 1,
                reason: "its kid is listed twice"
            })
        );
    }

    #[test]
    fn what_is_no_key_set_is_refused() {
        for (bad, error) in [
            ("{}", JwksError::Shape),
            (r#"{"keys":{}}"#, JwksError::Shape),
            (r#"{"keys":[1]}"#, JwksError::Shape),
        ] {
            assert_eq!(Keys::from_jwks(bad.as_bytes()), Err(error));
        }
        assert!(matches!(
            Keys::from_jwks(b"<html>"),
            Err(JwksError::Json(_))
        ));
        assert!(matches!(
            Keys::from_jwks(br#"{"keys":[],"keys":[]}"#),
            Err(JwksError::Json(_))
        ));
        assert_eq!(
            Keys::from_jwks(&[b' '; MAX_JWKS_BYTES + 1]),
            Err(JwksError::TooLong)
        );
    }
}
