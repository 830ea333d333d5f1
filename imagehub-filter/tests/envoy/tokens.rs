//! The cases' tokens are of a fixed day. Envoy's clock is the real one.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use imagehub_policy::test_support::{NOW, sign};
use serde_json::Value;

/// The same text, each token in it as if it had been issued as long ago as it is in the case. A token that was signed
/// badly stays so. One that is odd stays as it is: it is refused whenever it is sent.
pub fn reissued(text: &str) -> String {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let mut out = String::new();
    for part in text.split_inclusive(|c| !is_token(c)) {
        let token = part.trim_end_matches(|c| !is_token(c));
        out.push_str(&reissue(token).unwrap_or_else(|| token.to_owned()));
        out.push_str(&part[token.len()..]);
    }
    out
}

fn reissue(token: &str) -> Option<String> {
    let (input, signature) = token.rsplit_once('.')?;
    let (header, payload) = input.split_once('.')?;
    let text = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let mut claims: Value = serde_json::from_slice(&text).ok()?;
    if claims.to_string().as_bytes() != text {
        return None;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    for name in ["iat", "nbf", "exp"] {
        if let Some(moment) = claims.get(name).and_then(Value::as_u64) {
            claims[name] = (moment + now - NOW.secs()).into();
        }
    }
    let reissued = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    // Ed25519 signs the same text alike each time.
    Some(if sign(input) == token {
        sign(&reissued)
    } else {
        format!("{reissued}.{signature}")
    })
}
