//! The headers of answers that say something beyond the body.

use serde_json::{Map, Value, json};

use crate::middleware::Endpoint;

/// Those that an answer with this status may have.
pub fn of(endpoint: &Endpoint, status: u16) -> Map<String, Value> {
    let mut names: Vec<&str> = match status {
        303 => vec!["Location"],
        401 => vec!["WWW-Authenticate"],
        429 | 503 => vec!["Retry-After"],
        206 | 416 => vec!["Content-Range"],
        _ => Vec::new(),
    };
    if endpoint.class.is_some() {
        names.extend(["RateLimit", "RateLimit-Policy"]);
    }
    if matches!(status, 200 | 206 | 304) {
        names.extend_from_slice(match (endpoint.method, endpoint.path) {
            ("GET", "/t/{tenant}/images") => &["Link"],
            ("GET", "/t/{tenant}/images/{name}/pull" | "/s/{name}/{secret}") => {
                &["ETag", "Content-Disposition"]
            }
            ("GET", "/t/{tenant}/images/{name}/thumb/{size}" | "/static/{name}") => &["ETag"],
            ("GET", "/t/{tenant}/download") => &["Content-Disposition"],
            _ => &[],
        });
    }
    let described = names.into_iter().map(|name| {
        let schema = match name {
            "Retry-After" => json!({ "type": "integer", "minimum": 0 }),
            _ => json!({ "type": "string" }),
        };
        let header = json!({ "description": meaning(name), "schema": schema });
        (name.to_owned(), header)
    });
    described.collect()
}

fn meaning(name: &str) -> &'static str {
    match name {
        "Location" => "Where to go on",
        "WWW-Authenticate" => "How to log in",
        "Retry-After" => "Seconds until it is worth asking again",
        "Content-Range" => "Which part it is, and of how much",
        "RateLimit" => "What is left of each limit, and for how many seconds",
        "RateLimit-Policy" => "The limits that count here",
        "Link" => "The next page, if there is one",
        "ETag" => "What If-None-Match and If-Range know these bytes by",
        "Content-Disposition" => "A name for the file",
        _ => "",
    }
}
