//! The filter's own answers.

use imagehub_policy::{Refusal, identity_headers};

use crate::entry::Action;
use crate::host::{self, LogLevel};
use crate::pairs::{self, Pair};

/// Answers the effective context's request with a refusal.
pub fn refuse(refusal: &Refusal, banner: &str) -> Action {
    let mut headers: Vec<Pair<'_>> = vec![(identity_headers::FILTER.as_bytes(), banner.as_bytes())];
    headers.extend(
        refusal
            .headers
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes())),
    );
    let body = refusal.body();
    send(
        refusal.status,
        refusal.code.as_str(),
        &headers,
        body.as_bytes(),
    )
}

/// Answers a request the filter could not look at: without a judgement nothing passes.
pub fn not_judged() -> Action {
    host::log(LogLevel::Error, "imagehub: a request could not be judged");
    send(503, "not_judged", &[(b"retry-after", b"1")], b"")
}

fn send(status: u16, code: &str, headers: &[Pair<'_>], body: &[u8]) -> Action {
    let details = format!("imagehub_{code}");
    if let Err(failed) =
        host::send_local_response(status, &details, &pairs::serialize(headers), body)
    {
        let line = format!("imagehub: {details} was not sent (status {})", failed.0);
        host::log(LogLevel::Error, &line);
    }
    Action::Pause
}
