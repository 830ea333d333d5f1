//! A refused request's answer, whole: status, headers, body.

use crate::answerer::Answerer;
use crate::page::{self, CONTENT_SECURITY_POLICY};
use crate::problem::{Code, Problem};
use crate::report::LimitReport;
use std::fmt::Write;

/// The answer to a request that does not pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Why.
    pub code: Code,
    /// The status to answer with: the code's, but 303 where a browser is sent to log in.
    pub status: u16,
    /// Every header the answer needs but `content-length`; names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// What the body says.
    pub problem: Problem,
    /// Whether the body is a page or problem+json.
    pub browser: bool,
    /// How full the buckets are, where a limit refused.
    pub limits: Option<LimitReport>,
}

impl Refusal {
    pub(crate) fn new(problem: Problem, browser: bool) -> Self {
        let mut headers = vec![
            (
                "content-type",
                if browser {
                    Problem::HTML
                } else {
                    Problem::JSON
                }
                .to_owned(),
            ),
            ("cache-control", "no-store".to_owned()),
            ("vary", "accept".to_owned()),
        ];
        if browser {
            headers.push((
                "content-security-policy",
                CONTENT_SECURITY_POLICY.to_owned(),
            ));
        }
        Self {
            code: problem.code(),
            status: problem.status(),
            headers,
            problem,
            browser,
            limits: None,
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The body, in the media type the headers name. It says who answers.
    pub fn body(&self, by: Answerer<'_>) -> String {
        if self.browser {
            page::render(self, by)
        } else {
            self.problem.clone().with("answered_by", by.name()).json()
        }
    }
}

/// The longest local path that is carried along through a log-in; beyond, one starts at the front page.
const MAX_NEXT_BYTES: usize = 2048;

/// Where a browser is sent to log in and come back: `/login?next=…`, a local path, percent-encoded.
pub fn login_location(path: &str) -> String {
    with_next("/login", path)
}

/// `target` with a `next` parameter naming a local path (query included).
pub(crate) fn with_next(target: &str, path: &str) -> String {
    let separator = if target.contains('?') { '&' } else { '?' };
    let local = path.starts_with('/') && !path.starts_with("//") && path.len() <= MAX_NEXT_BYTES;
    let mut location = format!("{target}{separator}next=");
    for byte in if local { path } else { "/" }.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                location.push(char::from(byte));
            }
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(location, "%{byte:02X}");
            }
        }
    }
    location
}

/// A reason as a sentence: it starts with a capital and ends with a full stop.
pub(crate) fn sentence(reason: &str) -> String {
    let mut chars = reason.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_ascii_uppercase(), chars.as_str()),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_is_a_local_path_percent_encoded() {
        assert_eq!(
            login_location("/t/acme?tag=a b"),
            "/login?next=%2Ft%2Facme%3Ftag%3Da%20b"
        );
        assert_eq!(login_location("//evil.example"), "/login?next=%2F");
        assert_eq!(login_location("https://evil.example"), "/login?next=%2F");
        assert_eq!(
            login_location(&format!("/{}", "a".repeat(3000))),
            "/login?next=%2F"
        );
        assert_eq!(
            login_location("/a\r\nset-cookie: x"),
            "/login?next=%2Fa%0D%0Aset-cookie%3A%20x"
        );
        assert_eq!(
            with_next("/plans?tenant=acme", "/"),
            "/plans?tenant=acme&next=%2F"
        );
    }
}
