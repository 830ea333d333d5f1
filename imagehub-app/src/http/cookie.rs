//! Cookies (RFC 6265).

use imagehub_policy::SESSION_COOKIE;

use crate::auth::signing::SESSION_SECONDS;

/// How long a browser remembers a session that is over, so that it can be told so.
const AFTERWARDS: i64 = 7 * 86_400;

/// The value of `Set-Cookie` that begins a session in a browser.
pub fn session(token: &str, secure: bool) -> String {
    line(SESSION_COOKIE, token, SESSION_SECONDS + AFTERWARDS, secure)
}

/// The value of `Set-Cookie` that ends it.
pub fn gone(secure: bool) -> String {
    line(SESSION_COOKIE, "", 0, secure)
}

/// The value of `Set-Cookie`. Scripts cannot read it, and other sites' forms do not carry it.
pub fn line(name: &str, value: &str, seconds: i64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}
