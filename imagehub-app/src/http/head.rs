//! A request's head, as the policy crate reads it.

use actix_web::HttpMessage;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{self, HeaderMap};
use imagehub_policy::RequestHead;
use url::Url;

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

/// Whether the request comes from a page of this site. `Sec-Fetch-Site` decides where a browser sends
/// it: no page can forge it, and it holds behind a proxy that rewrites `Host`. Else `Origin` decides.
pub fn same_origin(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site.as_bytes() == b"same-origin";
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    text(header::ORIGIN).is_some_and(|origin| is_origin_of(origin, text(header::HOST), public_url))
}

/// Whether an origin (RFC 6454) is that of the public URL, or of the host that was asked. Envoy may
/// have spoken TLS for us, so the host is taken to be of the origin's own scheme.
fn is_origin_of(origin: &str, host: Option<&str>, public_url: Option<&str>) -> bool {
    let Ok(url) = Url::parse(origin) else {
        return false;
    };
    let sent = url.origin();
    let is_of = |other: &str| Url::parse(other).is_ok_and(|other| other.origin() == sent);
    matches!(url.scheme(), "http" | "https")
        && (public_url.is_some_and(is_of)
            || host.is_some_and(|host| is_of(&format!("{}://{host}", url.scheme()))))
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
        same_origin(&headers, Some("https://Hub.Example:443/"))
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
    fn a_browser_vouches_behind_a_proxy_that_rewrites_the_host() {
        assert!(same(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "http://photos.example")
        ]));
    }

    #[test]
    fn silence_and_other_sites_do_not() {
        assert!(!same(&[]));
        for origin in [
            "null",
            "http://localhost",
            "http://localhost:8080.evil.example",
            "http://evil.example",
            "localhost:8080",
        ] {
            assert!(!same(&[("origin", origin)]), "{origin}");
        }
        assert!(!same(&[("sec-fetch-site", "same-site")]));
        assert!(!same(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://localhost:8080")
        ]));
    }
}
