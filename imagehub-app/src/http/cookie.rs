//! The session cookie (RFC 6265).

use imagehub_policy::SESSION_COOKIE;

use crate::auth::signing::SESSION_SECONDS;

/// The value of `Set-Cookie` that begins a session in a browser.
pub fn session(token: &str, secure: bool) -> String {
    set(token, SESSION_SECONDS, secure)
}

/// The value of `Set-Cookie` that ends it.
pub fn gone(secure: bool) -> String {
    set("", 0, secure)
}

/// Scripts cannot read it, and other sites' forms do not carry it.
fn set(token: &str, seconds: i64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{SESSION_COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}
