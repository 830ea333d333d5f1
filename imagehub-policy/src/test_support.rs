//! Tokens signed with a fixed key, at a fixed time, for tests on either side of the WebAssembly boundary.
#![expect(clippy::expect_used, reason = "a test's own mistake may end the test")]

use crate::jws::{assemble, signing_input};
use crate::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

/// The moment test tokens are issued at: 2026-01-01T00:00:00Z.
pub const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
/// The name of the test key.
pub const KID: &str = "test-key";

/// The test key; nothing but tests may trust it.
pub fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// The key set that lists the test key.
pub fn jwks() -> String {
    jwks_of(KID, &signing_key())
}

/// A key set that lists one key.
pub fn jwks_of(kid: &str, key: &SigningKey) -> String {
    let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x}]}).to_string()
}

/// Claims as the application issues them, valid at [`NOW`] for an hour; tenants as (name, role, plan).
pub fn claims(user: &str, tenants: &[(&str, &str, &str)]) -> Value {
    let tenants: serde_json::Map<String, Value> = tenants
        .iter()
        .map(|(name, role, plan)| ((*name).to_owned(), json!({"role": role, "plan": plan})))
        .collect();
    json!({
        "iss": "imagehub", "aud": "imagehub", "sub": user, "jti": format!("{user}-session"),
        "iat": NOW.secs(), "exp": NOW.secs().saturating_add(3_600), "tenants": tenants,
    })
}

/// A token with these claims, signed by the test key.
pub fn token(claims: &Value) -> String {
    sign(&signing_input(KID, claims))
}

/// Whatever is to be signed, signed by the test key and put together.
pub fn sign(signing_input: &str) -> String {
    assemble(
        signing_input,
        &signing_key().sign(signing_input.as_bytes()).to_bytes(),
    )
}

/// A token from a header and a payload written out, signed by the test key whatever they say.
pub fn sign_raw(header: &[u8], payload: &[u8]) -> String {
    sign(&format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    ))
}

/// The keys that verify test tokens.
pub fn keys() -> crate::Keys {
    crate::Keys::from_jwks(jwks().as_bytes()).expect("the test key is a key")
}
