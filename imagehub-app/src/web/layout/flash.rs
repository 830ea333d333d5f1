//! The way of an outcome from the form to the page that says it: cookies, for a minute, which that
//! page takes away.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpRequest, web};
use serde::de::{Deserialize as _, Deserializer};
use url::form_urlencoded::Serializer;

use crate::domain::ImageId;
use crate::http::cookie;
use crate::state::State;
use crate::web::layout::notice::Outcome;

/// One cookie holds about 4,000 characters: two hold the ids of the largest batch.
const COOKIES: [&str; 2] = ["imagehub_notice", "imagehub_notice_2"];
const CHARACTERS: usize = 3_900;
const SECONDS: i64 = 60;

/// Put to a request whose page says what came with it.
pub struct Shown;

/// The middleware that sends the cookies with the answer to a form, and takes them away with the page
/// that shows what they say.
pub async fn carry(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let mut response = next.call(request).await?;
    let outcome = response.response_mut().extensions_mut().remove::<Outcome>();
    let shown = response.request().extensions().get::<Shown>().is_some();
    if outcome.is_none() && !shown {
        return Ok(response);
    }
    let state = response.request().app_data::<web::Data<State>>();
    let secure = state.is_some_and(|state| state.config.secure_cookies());
    let value = outcome.map_or_else(String::new, |outcome| written(&outcome, response.headers()));
    for (index, name) in COOKIES.into_iter().enumerate() {
        let piece = value.get(index * CHARACTERS..).unwrap_or_default();
        let piece = piece.get(..CHARACTERS).unwrap_or(piece);
        let known = found(response.request(), name).is_some();
        let line = match piece {
            "" if known => cookie::line(name, "", 0, secure),
            "" => continue,
            piece => cookie::line(name, piece, SECONDS, secure),
        };
        if let Ok(line) = HeaderValue::from_str(&line) {
            response.headers_mut().append(header::SET_COOKIE, line);
        }
    }
    Ok(response)
}

/// What happened, and on which page it is to be said.
fn written(outcome: &Outcome, headers: &HeaderMap) -> String {
    let to = headers.get(header::LOCATION);
    let to = to.and_then(|to| to.to_str().ok()).unwrap_or_default();
    let to = to.split(['?', '#']).next().unwrap_or_default();
    let ids: Vec<&str> = outcome.ids.iter().map(ImageId::as_str).collect();
    Serializer::new(String::new())
        .append_pair("to", to)
        .append_pair("did", &outcome.did)
        .append_pair("count", &outcome.count.to_string())
        .append_pair("missed", &outcome.missed.to_string())
        .append_pair("restored", &outcome.restored.to_string())
        .append_pair("ids", &ids.join("."))
        .finish()
}

/// The outcome that this page is to tell, if any, and if it can be read.
pub fn read(request: &HttpRequest) -> Option<Outcome> {
    let pieces = COOKIES.into_iter().map_while(|name| found(request, name));
    let value: String = pieces.collect();
    let mut pairs = url::form_urlencoded::parse(value.as_bytes());
    let here = pairs.any(|(name, path)| name == "to" && path == request.path());
    let outcome = web::Query::<Outcome>::from_query(&value).ok();
    outcome.map(web::Query::into_inner).filter(|_| here)
}

fn found<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let lines = request.headers().get_all(header::COOKIE);
    let mut pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Ids with dots between them.
pub fn ids<'de, D: Deserializer<'de>>(list: D) -> Result<Vec<ImageId>, D::Error> {
    let list = String::deserialize(list)?;
    let ids = list.split('.').filter_map(|id| ImageId::parse(id).ok());
    Ok(ids.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn headers(to: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::LOCATION, HeaderValue::from_static(to));
        headers
    }

    #[test]
    fn the_largest_batch_comes_through_two_cookies() {
        let ids: Vec<ImageId> = (0..200).map(|_| ImageId::random()).collect();
        let outcome = Outcome::batch("delete", &ids, 3);
        let value = written(&outcome, &headers("/t/ada?q=x"));
        let (first, second) = value.split_at(CHARACTERS);
        assert!(second.len() <= CHARACTERS);
        let line = format!("a=b; {}={first}; {}={second}", COOKIES[0], COOKIES[1]);
        let come = |path| TestRequest::with_uri(path).insert_header((header::COOKIE, line.clone()));
        assert_eq!(read(&come("/t/ada").to_http_request()), Some(outcome));
        assert_eq!(read(&come("/t/bob").to_http_request()), None);
    }

    #[test]
    fn what_nobody_here_wrote_says_nothing() {
        let line = format!("{}=to=%2F&did=save&count=x", COOKIES[0]);
        let request = TestRequest::with_uri("/").insert_header((header::COOKIE, line));
        assert_eq!(read(&request.to_http_request()), None);
    }
}
