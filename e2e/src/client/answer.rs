//! What the server answered.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// What the server answered, with what it was asked.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(super) asked: String,
    /// Status code.
    pub status: u16,
    pub(super) headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Answer {
    /// This answer, if it has the status.
    ///
    /// # Errors
    /// What was asked, expected and seen.
    pub fn expect(self, status: u16) -> Result<Self> {
        ensure!(self.status == status, "expected {status}: {self}");
        Ok(self)
    }

    /// This answer, if it is a problem of the given status and code.
    ///
    /// # Errors
    /// What was asked, expected and seen.
    pub fn expect_problem(self, status: u16, code: &str) -> Result<Self> {
        let answer = self.expect(status)?;
        let media_type = answer.header("content-type").unwrap_or_default();
        ensure!(
            media_type.starts_with("application/problem+json"),
            "expected problem+json, not {media_type}: {answer}"
        );
        let problem = answer.json()?;
        ensure!(problem["code"] == code, "expected code {code}: {answer}");
        ensure!(problem["status"] == status, "status in the body: {answer}");
        Ok(answer)
    }

    /// The session that it begins, as a browser sends it back.
    ///
    /// # Errors
    /// When it begins none.
    pub fn session(&self) -> Result<String> {
        let lines = self.headers.get_all("set-cookie").iter();
        let cookies = lines.filter_map(|line| line.to_str().ok()?.split(';').next());
        let mut sessions = cookies.filter(|cookie| cookie.starts_with("imagehub_session="));
        let session = sessions.next();
        session
            .map(str::to_owned)
            .with_context(|| format!("no session begins: {self}"))
    }

    /// A header's value as text, if it came exactly once.
    ///
    /// # Errors
    /// When it is missing, repeated or not text.
    pub fn header(&self, name: &str) -> Result<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values
            .next()
            .with_context(|| format!("no header {name}: {self}"))?;
        ensure!(values.next().is_none(), "{name} came twice: {self}");
        Ok(value.to_str()?)
    }

    /// Whether the header is there at all.
    pub fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is not.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("not JSON: {self}"))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The fresh token in the body.
    ///
    /// # Errors
    /// When there is none.
    pub fn token(&self) -> Result<String> {
        let token = self.json()?["token"].as_str().map(str::to_owned);
        token.with_context(|| format!("no token: {self}"))
    }

    /// `Retry-After` in whole seconds.
    ///
    /// # Errors
    /// When it is missing or not a whole number.
    pub fn retry_after(&self) -> Result<u64> {
        let value = self.header("retry-after")?;
        value
            .parse()
            .with_context(|| format!("Retry-After: {value}"))
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body: String = self.text().chars().take(600).collect();
        write!(
            f,
            "{} → {} {:?} {body}",
            self.asked, self.status, self.headers
        )
    }
}
