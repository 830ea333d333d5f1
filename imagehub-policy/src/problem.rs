//! The one place that shapes an error's body: problem details (RFC 9457) with a stable `code`.

use serde_json::{Map, Value};
use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $status:literal, $title:literal;)*) => {
        /// What went wrong, as a program may rely on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable text of the code.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// One line for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

codes! {
    /// The request's head or body cannot be read.
    Malformed = "malformed", 400, "The request cannot be read";
    /// No credentials, or none that hold.
    Unauthenticated = "unauthenticated", 401, "Please log in";
    /// The tenant is not the user's, or the role does not reach.
    Forbidden = "forbidden", 403, "No access";
    /// A form was posted from another site.
    CrossSite = "cross_site", 403, "The request came from another site";
    /// A limit is spent.
    RateLimited = "rate_limited", 429, "Too many requests";
    /// The filter has no keys to verify a token with.
    NoKeys = "no_keys", 503, "Log-ins cannot be checked at the moment";
    /// There is no such thing.
    NotFound = "not_found", 404, "There is nothing here";
    /// The resource does not know the method.
    MethodNotAllowed = "method_not_allowed", 405, "This is not possible here";
    /// The name is somebody's already.
    Taken = "taken", 409, "The name is taken";
    /// A field's value is not acceptable.
    Invalid = "invalid", 422, "Some fields are not valid";
    /// More bytes than allowed.
    TooLarge = "too_large", 413, "This is too large";
    /// Not one of the image formats, judged by content.
    UnsupportedType = "unsupported_type", 415, "This image format is not supported";
    /// It starts like an image and is none.
    BrokenImage = "broken_image", 422, "The image is broken";
    /// More pixels than allowed.
    TooManyPixels = "too_many_pixels", 422, "The image has too many pixels";
    /// A side longer than allowed.
    SideTooLong = "side_too_long", 422, "The image is too long or too wide";
    /// More frames than allowed.
    TooManyFrames = "too_many_frames", 422, "The animation has too many frames";
    /// Decoding took more time or memory than allowed.
    DecodeLimit = "decode_limit", 422, "The image takes too long to decode";
    /// The user is in as many tenants as a token can carry.
    TooManyTenants = "too_many_tenants", 409, "You are in too many galleries";
    /// As many of this kind as there may be.
    TooMany = "too_many", 409, "There are too many of these already";
    /// The tenant's images would take more than its plan allows.
    QuotaExceeded = "quota_exceeded", 507, "The storage of this plan is full";
    /// A link that worked once and is over.
    Gone = "gone", 410, "This link has expired or was revoked";
    /// A tenant may not lose its last owner.
    LastOwner = "last_owner", 409, "A gallery needs an owner";
    /// The requested range is not there (RFC 9110 §15.5.17).
    RangeNotSatisfiable = "range_not_satisfiable", 416, "The requested range does not exist";
    /// A precondition of the request does not hold.
    PreconditionFailed = "precondition_failed", 412, "It has changed in the meantime";
    /// The client took too long to send the request.
    Timeout = "timeout", 408, "The request took too long";
    /// Something this depends on is away.
    Unavailable = "unavailable", 503, "Temporarily unavailable";
    /// Our fault.
    Internal = "internal", 500, "Something went wrong";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A client has spent what it may.
const QUOTA_EXCEEDED: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";
/// The service can do less than usual for a while.
const TEMPORARY_REDUCED_CAPACITY: &str =
    "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity";

/// An error's body.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    code: Code,
    status: u16,
    detail: String,
    extensions: Map<String, Value>,
}

impl Problem {
    /// The media type of [`Problem::json`].
    pub const JSON: &'static str = "application/problem+json";
    /// The media type of a page.
    pub const HTML: &'static str = "text/html; charset=utf-8";

    /// A problem with this code and its status; `detail` is one sentence about this very occurrence, or empty.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            status: code.status(),
            detail: detail.into(),
            extensions: Map::new(),
        }
    }

    /// With the names of the limits that were spent, as the draft of the rate limit headers has them.
    #[must_use]
    pub fn violating(self, limits: &[&str]) -> Self {
        self.with("violated-policies", limits)
    }

    /// With another status than the code's own.
    #[must_use]
    pub const fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// With an extension member (RFC 9457 §3.2). A standard member's name is ignored.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        if !matches!(name, "type" | "code" | "status" | "title" | "detail") {
            self.extensions.insert(name.to_owned(), value.into());
        }
        self
    }

    /// The stable code.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// One line for people, the same for every occurrence.
    pub const fn title(&self) -> &'static str {
        self.code.title()
    }

    /// One sentence about this occurrence; may be empty.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What kind of problem it is where that has a name beyond this project: a type of the draft of the rate limit headers.
    pub const fn type_uri(&self) -> Option<&'static str> {
        match (self.code, self.status) {
            (Code::RateLimited, _) => Some(QUOTA_EXCEEDED),
            (_, 503) => Some(TEMPORARY_REDUCED_CAPACITY),
            _ => None,
        }
    }

    /// An extension member.
    pub fn extension(&self, name: &str) -> Option<&Value> {
        self.extensions.get(name)
    }

    /// The body for programs, `application/problem+json`.
    pub fn json(&self) -> String {
        let mut body = Map::new();
        if let Some(uri) = self.type_uri() {
            body.insert("type".to_owned(), uri.into());
        }
        body.insert("code".to_owned(), self.code.as_str().into());
        body.insert("status".to_owned(), self.status.into());
        body.insert("title".to_owned(), self.title().into());
        if !self.detail.is_empty() {
            body.insert("detail".to_owned(), self.detail.as_str().into());
        }
        body.extend(self.extensions.clone());
        Value::Object(body).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_its_code_status_title_detail_and_members() {
        let problem = Problem::new(Code::Taken, "\"acme\" is taken")
            .with("field", "name")
            .with("status", 1);
        assert_eq!(
            serde_json::from_str::<Value>(&problem.json()).unwrap(),
            serde_json::json!({"code": "taken", "status": 409, "title": "The name is taken", "detail": "\"acme\" is taken", "field": "name"})
        );
    }

    #[test]
    fn only_spent_limits_and_reduced_capacity_have_a_type() {
        for code in Code::ALL {
            let problem = Problem::new(*code, "");
            let body: Value = serde_json::from_str(&problem.json()).unwrap();
            let expected = match code.status() {
                429 => Some("quota-exceeded"),
                503 => Some("temporary-reduced-capacity"),
                _ => None,
            };
            let kind = body["type"].as_str().and_then(|uri| uri.split_once('#'));
            assert_eq!(kind.map(|(_, name)| name), expected, "{code}");
        }
        let full = Problem::new(Code::Unavailable, "").with_status(507);
        assert_eq!(full.type_uri(), None);
    }

    #[test]
    fn no_two_codes_are_spelled_alike() {
        let mut names: Vec<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
