//! The filter's own answers.

use imagehub_policy::{Answerer, LimitReport, Refusal, identity_headers, levels_json};
use proxy_wasm::types::LogLevel;

use crate::host;

/// Answers the effective context's request with a refusal.
pub fn refuse(refusal: &Refusal, version: &str) {
    let mut headers = vec![(identity_headers::FILTER, version)];
    headers.extend(
        refusal
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str())),
    );
    let details = format!("imagehub_{}", refusal.code);
    let body = refusal.body(Answerer::Filter(version));
    send(refusal.status, &details, &headers, &body);
}

/// Answers an operator's question.
pub fn tell(levels: Option<&LimitReport>, version: &str) {
    let headers = [
        (identity_headers::FILTER, version),
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
    ];
    send(200, "imagehub_explained", &headers, &levels_json(levels));
}

/// Answers a request that the filter could not decide on.
pub fn not_judged() {
    host::log(LogLevel::Error, "imagehub: a request could not be judged");
    send(503, "imagehub_not_judged", &[("retry-after", "1")], "");
}

fn send(status: u16, details: &str, headers: &[(&str, &str)], body: &str) {
    if !host::send_response(status, details, headers, body) {
        host::log(
            LogLevel::Error,
            &format!("imagehub: {details} was not sent"),
        );
    }
}
