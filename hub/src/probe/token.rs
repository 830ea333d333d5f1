//! Tokens for the probe and for an operator's questions, signed with the application's own key: no user is left behind.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use ed25519_dalek::{Signer as _, SigningKey};
use imagehub_policy::{OPERATOR_AUDIENCE, OPERATOR_SECONDS, Question};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const SECONDS_VALID: u64 = 60;

/// A token of the user `hub-probe`, who has no tenant; `None` where the key is not there to be read.
///
/// # Errors
/// When the key's file is damaged.
pub fn signed(keys: &Path) -> Result<Option<String>> {
    let now = now()?;
    let key = application_key(keys)?;
    Ok(key.map(|key| sign(&key, &claims("hub-probe", json!({}), now))))
}

/// An operator's token, which asks the filter a question; `None` where the key is not there to be read.
///
/// # Errors
/// When the key's file is damaged.
pub fn operator(keys: &Path, issuer: &str, question: &Question) -> Result<Option<String>> {
    let now = now()?;
    let claims = json!({
        "iss": issuer,
        "aud": OPERATOR_AUDIENCE,
        "iat": now,
        "exp": now + OPERATOR_SECONDS,
        "question": question,
    });
    Ok(application_key(keys)?.map(|key| sign(&key, &claims)))
}

fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

fn application_key(keys: &Path) -> Result<Option<SigningKey>> {
    let path = keys.join("session.pem");
    let pem = match fs::read_to_string(&path) {
        Ok(pem) => pem,
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::PermissionDenied
            ) =>
        {
            return Ok(None);
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    SigningKey::from_pkcs8_pem(&pem)
        .map(Some)
        .map_err(|error| anyhow!("{} holds no Ed25519 key: {error}", path.display()))
}

/// The claims of a session that begins now.
pub fn claims(user: &str, tenants: Value, now: u64) -> Value {
    json!({
        "iss": "imagehub",
        "aud": "imagehub",
        "sub": user,
        "iat": now,
        "exp": now + SECONDS_VALID,
        "jti": format!("probe-{now}"),
        "tenants": tenants,
    })
}

/// A compact JWS (RFC 7515) whose `kid` is the key's thumbprint.
pub fn sign(key: &SigningKey, claims: &Value) -> String {
    let header = json!({ "alg": "EdDSA", "kid": thumbprint(key), "typ": "JWT" });
    let input = format!(
        "{}.{}",
        BASE64URL.encode(header.to_string()),
        BASE64URL.encode(claims.to_string())
    );
    let signature = key.sign(input.as_bytes());
    format!("{input}.{}", BASE64URL.encode(signature.to_bytes()))
}

/// RFC 7638 with RFC 8037: the name under which the application publishes the key.
pub fn thumbprint(key: &SigningKey) -> String {
    let x = BASE64URL.encode(key.verifying_key().as_bytes());
    BASE64URL.encode(Sha256::digest(format!(
        r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037, appendix A.1 and A.3.
    #[test]
    fn the_thumbprint_is_the_one_of_the_standard() {
        let secret = BASE64URL
            .decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
            .expect("the standard's own text");
        let key = SigningKey::from_bytes(&secret.try_into().expect("32 bytes"));
        assert_eq!(
            thumbprint(&key),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    #[test]
    fn without_a_readable_key_there_is_no_token() {
        assert_eq!(signed(Path::new("/nonexistent")).expect("no error"), None);
    }
}
