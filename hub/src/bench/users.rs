//! Users for a measurement: signed by a key made for it, which the policy under test trusts.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::probe::token;

/// The plan they are on.
pub const PLAN: &str = "personal";
/// A measurement takes longer than the minute that the probe's tokens live.
const SECONDS_VALID: u64 = 4 * 3600;

/// A key of this run.
pub struct Issuer {
    key: SigningKey,
}

impl Issuer {
    /// Another key each run; it signs nothing but this measurement's tokens.
    ///
    /// # Errors
    /// When the clock is set before 1970.
    pub fn new() -> Result<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
        let seed = Sha256::digest(format!("{now} {}", std::process::id()));
        Ok(Self {
            key: SigningKey::from_bytes(&seed.into()),
        })
    }

    /// A session of `user`, owner of the tenant of that name.
    ///
    /// # Errors
    /// When the clock is set before 1970.
    pub fn token(&self, user: &str) -> Result<String> {
        self.token_in(user, user, PLAN)
    }

    /// A session of `user`, owner of a tenant on a plan.
    ///
    /// # Errors
    /// When the clock is set before 1970.
    pub fn token_in(&self, user: &str, tenant: &str, plan: &str) -> Result<String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let tenants = json!({ tenant: { "role": "owner", "plan": plan } });
        let mut claims = token::claims(user, tenants, now);
        claims["exp"] = json!(now + SECONDS_VALID);
        Ok(token::sign(&self.key, &claims))
    }

    /// The key, published.
    pub fn jwks(&self) -> Value {
        json!({ "keys": [{
            "kty": "OKP",
            "crv": "Ed25519",
            "kid": token::thumbprint(&self.key),
            "x": BASE64URL.encode(self.key.verifying_key().as_bytes())
        }] })
    }

    /// The policy with this key inline instead of the application's.
    ///
    /// # Errors
    /// When the policy is no object.
    pub fn trusted_by(&self, policy: &str) -> Result<String> {
        let mut policy: Value = serde_json::from_str(policy).context("the policy is no JSON")?;
        let keys = policy.get_mut("keys").context("the policy has no keys")?;
        *keys = json!({ "jwks": self.jwks() });
        Ok(policy.to_string())
    }
}
