//! A request's head, as the policy crate reads it.

use actix_web::HttpMessage;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{self, HeaderMap};
use imagehub_policy::RequestHead;

/// The head.
pub fn of<'a>(method: &'a str, path: &'a str, headers: &'a HeaderMap) -> RequestHead<'a> {
    let headers = headers
        .iter()
        .map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
    RequestHead::from_headers(method.as_bytes(), path.as_bytes(), headers)
}

/// The head of a request on its way in.
pub fn of_service(request: &ServiceRequest) -> RequestHead<'_> {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    of(request.method().as_str(), path, request.headers())
}

/// Whether the client is a browser that wants a page.
pub fn wants_html(message: &impl HttpMessage) -> bool {
    of("", "", message.headers()).wants_html()
}

/// Whether the request comes from a page of this site: `Origin` or `Sec-Fetch-Site` says so, and
/// neither says otherwise.
pub fn same_origin(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let fetch_site = headers
        .get("sec-fetch-site")
        .map(|site| site.as_bytes() == b"same-origin");
    let origin = headers.get(header::ORIGIN).map(|origin| {
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        origin
            .to_str()
            .is_ok_and(|origin| is_origin_of(origin, host, public_url))
    });
    match (fetch_site, origin) {
        (Some(fetch_site), Some(origin)) => fetch_site && origin,
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => false,
    }
}

/// Envoy may have spoken TLS for us, so the scheme is the public URL's to judge.
fn is_origin_of(origin: &str, host: Option<&str>, public_url: Option<&str>) -> bool {
    if public_url.is_some_and(|url| url.trim_end_matches('/') == origin) {
        return true;
    }
    let authority = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    authority.is_some() && authority == host
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn same(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost:8080"));
        for (name, value) in pairs {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        same_origin(&headers, Some("https://hub.example/"))
    }

    #[test]
    fn either_header_may_vouch_for_a_request() {
        assert!(same(&[("origin", "http://localhost:8080")]));
        assert!(same(&[("origin", "https://hub.example")]));
        assert!(same(&[("sec-fetch-site", "same-origin")]));
        assert!(same(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "http://localhost:8080")
        ]));
    }

    #[test]
    fn silence_and_any_contradiction_do_not() {
        assert!(!same(&[]));
        for origin in [
            "null",
            "http://localhost",
            "http://localhost:8080.evil.example",
            "http://evil.example",
            "localhost:8080",
        ] {
            assert!(!same(&[("origin", origin)]), "{origin}");
            assert!(
                !same(&[("origin", origin), ("sec-fetch-site", "same-origin")]),
                "{origin}"
            );
        }
        assert!(!same(&[("sec-fetch-site", "same-site")]));
        assert!(!same(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://localhost:8080")
        ]));
    }
}
