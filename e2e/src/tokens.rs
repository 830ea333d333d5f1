//! Tokens made by hand: signed with a key of our own, or with the instance's real one, which an
//! operator can read, so that each check is the one that refuses.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

use crate::mesh::Mesh;

/// A key and the name it goes by.
pub struct Forge {
    key: SigningKey,
    kid: String,
}

impl Forge {
    /// A key nobody published.
    pub fn unknown() -> Self {
        Self {
            key: SigningKey::from_bytes(&rand::random()),
            kid: format!("nobody-{:x}", rand::random::<u32>()),
        }
    }

    /// The key this mesh's application signs with now.
    ///
    /// # Errors
    /// When none of the instance's key files belongs to a published key.
    pub async fn of(mesh: &Mesh) -> Result<Self> {
        let answer = mesh.client().get("/.well-known/jwks.json").await?;
        let published = answer.expect(200)?.json()?;
        let published = published["keys"].as_array().context("no keys")?;
        let mut files = Vec::new();
        private_keys(&mesh.directory(), &mut files)?;
        for file in &files {
            let key = read_key(file).with_context(|| file.display().to_string())?;
            let public = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
            if let Some(entry) = published.iter().find(|entry| entry["x"] == public) {
                let kid = entry["kid"].as_str().context("no kid")?.to_owned();
                return Ok(Self { key, kid });
            }
        }
        anyhow::bail!("none of {files:?} is in {published:?}")
    }

    /// A key of our own under the name of the real one.
    #[must_use]
    pub fn imitated(&self) -> Self {
        Self {
            key: SigningKey::from_bytes(&rand::random()),
            kid: self.kid.clone(),
        }
    }

    /// The public key.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// The header a real token has.
    pub fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "JWT", "kid": self.kid})
    }

    /// Claims with the header a real token has.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with_header(&self.header(), claims)
    }

    /// Any header, any claims, a right signature.
    pub fn sign_with_header(&self, header: &Value, claims: &Value) -> String {
        let input = signing_input(header, claims);
        let signature = self.key.sign(input.as_bytes()).to_bytes();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A token that nobody signed, under the name of a key that nobody has: no two are equal.
pub fn made_up() -> String {
    let input = signing_input(&json!({"alg": "EdDSA", "kid": "nobody"}), &json!({}));
    format!("{input}.{}", random_signature())
}

/// What is as long as a signature.
pub fn random_signature() -> String {
    let bytes: [[u8; 32]; 2] = rand::random();
    URL_SAFE_NO_PAD.encode(bytes.as_flattened())
}

/// Claims that are good now: owner of the tenant of the user's own name, on plan personal.
pub fn good_claims(user: &str) -> Value {
    let now = now();
    json!({
        "iss": "imagehub", "aud": "imagehub", "sub": user,
        "iat": now - 5, "exp": now + 600, "jti": format!("{:x}", rand::random::<u64>()),
        "tenants": {user: {"role": "owner", "plan": "personal"}},
    })
}

/// The good claims with one member replaced.
pub fn claims_with(user: &str, member: &str, value: Value) -> Value {
    let mut claims = good_claims(user);
    claims[member] = value;
    claims
}

/// The first two parts of a token.
pub fn signing_input(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

fn private_keys(directory: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            private_keys(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "pem")
            && path.parent().is_some_and(|parent| parent.ends_with("keys"))
        {
            found.push(path);
        }
    }
    Ok(())
}

/// The Ed25519 seed in a PKCS#8 PEM file (RFC 8410): an octet string in an octet string.
fn read_key(path: &Path) -> Result<SigningKey> {
    let text = std::fs::read_to_string(path)?;
    let body: String = text
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let der = STANDARD.decode(body)?;
    let marker = [0x04, 0x22, 0x04, 0x20];
    let at = der
        .windows(marker.len())
        .position(|window| window == marker)
        .context("no Ed25519 seed")?;
    let seed = der.get(at + marker.len()..at + marker.len() + 32);
    Ok(SigningKey::from_bytes(
        seed.context("a short seed")?.try_into()?,
    ))
}
