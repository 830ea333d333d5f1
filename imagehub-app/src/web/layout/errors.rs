//! Errors as pages, for browsers.

use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{FromRequest as _, HttpMessage as _, HttpRequest, web};
use askama::Template;
use imagehub_policy::{Code, login_location};

use crate::error::{AppError, Refused};
use crate::http::head::wants_html;
use crate::middleware::{Caller, Visitor};
use crate::state::State;
use crate::web::layout::Frame;
use crate::web::layout::frame::{page, see_other};

#[derive(Template)]
#[template(path = "error.html")]
struct Error<'a> {
    frame: Frame,
    status: u16,
    title: &'a str,
    detail: Option<&'a str>,
    reasons: Vec<String>,
    /// Pictures of the same form that were taken.
    stored: u64,
    hint: Option<&'static str>,
    retry_after: Option<u64>,
    actions: Vec<Action>,
    /// What else the answer says.
    headers: Vec<(&'a str, &'a str)>,
}

/// Said where there is no more room.
const ROOM: &str = "Pictures in the trash use storage, too: delete them there for good, or restore \
    them, which takes no more.";

struct Action {
    label: &'static str,
    href: String,
}

/// The middleware that shows a browser a page in place of problem+json, and sends it to log in
/// where that is what is missing.
pub async fn show_to_browsers(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let browser = wants_html(&request);
    let mut response = next.call(request).await?;
    let refused = response.response_mut().extensions_mut().remove::<Refused>();
    let (Some(refused), true) = (refused, browser) else {
        return Ok(response);
    };
    let (request, mut original) = response.into_parts();
    if refused.problem.code() == Code::Unauthenticated && is_retrieval(&request) {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        return Ok(ServiceResponse::new(
            request.clone(),
            see_other(&login_location(path), None),
        ));
    }
    let mut headers = original.headers().clone();
    let html = header::HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, html);
    let vary = header::HeaderValue::from_static("accept, cookie");
    headers.insert(header::VARY, vary);
    if let Ok(shown) = render(&request, original.status(), &headers, &refused).await {
        let (_, body) = shown.into_parts();
        *original.headers_mut() = headers;
        original = original.set_body(body.boxed());
    }
    Ok(ServiceResponse::new(request, original))
}

async fn render(
    request: &HttpRequest,
    status: StatusCode,
    headers: &header::HeaderMap,
    refused: &Refused,
) -> Result<actix_web::HttpResponse, AppError> {
    let problem = &refused.problem;
    let caller = request.extensions().get::<Caller>().cloned();
    let visitor = match &caller {
        // What is away is not asked again.
        None if status.is_client_error() => Visitor::extract(request).await?.0,
        _ => None,
    };
    let state = request
        .app_data::<web::Data<State>>()
        .ok_or_else(|| AppError::Internal("no state".to_owned()))?;
    let caller = caller.map(|caller| caller.user);
    let mut frame = Frame::new(state, request, caller.as_ref(), "error");
    frame.user = frame.user.or(visitor.map(|user| user.to_string()));
    let template = Error {
        actions: actions(request, refused, frame.user.is_some()),
        hint: (problem.code() == Code::QuotaExceeded).then_some(ROOM),
        frame,
        headers: headers
            .iter()
            // A page is no place for a session.
            .filter(|(name, _)| *name != header::SET_COOKIE)
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect(),
        status: status.as_u16(),
        title: problem.title(),
        // Nothing is said twice.
        detail: Some(problem.detail())
            .filter(|detail| !problem.title().starts_with(detail.trim_end_matches('.'))),
        reasons: reasons(refused),
        stored: problem
            .extension("stored")
            .and_then(serde_json::Value::as_u64)
            .unwrap_or(0),
        retry_after: refused.retry_after,
    };
    page(status, &template)
}

/// What else there is to do, the likeliest first.
fn actions(request: &HttpRequest, refused: &Refused, signed_in: bool) -> Vec<Action> {
    let action = |label, href: &str| Action {
        label,
        href: href.to_owned(),
    };
    let asked = request.uri().path_and_query();
    let asked = asked.map_or("/", |path| path.as_str());
    let mut actions = Vec::new();
    match refused.problem.code() {
        Code::Unauthenticated => {
            actions.push(action("Log in", &login_location(&came_from(request))));
        }
        Code::QuotaExceeded => {
            let tenant = request.match_info().get("tenant").unwrap_or_default();
            actions.push(action("See the plans", &format!("/plans?tenant={tenant}")));
            actions.push(action("Trash", &format!("/t/{tenant}?deleted=true")));
        }
        _ if refused.retry_after.is_some() && is_retrieval(request) => {
            actions.push(action("Try again", asked));
        }
        _ => {}
    }
    actions.push(match signed_in {
        true => action("Your galleries", "/"),
        false => action("Start page", "/"),
    });
    actions
}

fn is_retrieval(request: &HttpRequest) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// The page of this site that a refused form was on; the first page, if the browser does not say.
fn came_from(request: &HttpRequest) -> String {
    let header = |name| request.headers().get(name)?.to_str().ok();
    let page = header(header::REFERER).and_then(|page| url::Url::parse(page).ok());
    let here = page.filter(|page| Some(page.authority()) == header(header::HOST));
    here.map_or_else(
        || "/".to_owned(),
        |page| match page.query() {
            Some(query) => format!("{}?{query}", page.path()),
            None => page.path().to_owned(),
        },
    )
}

/// What exactly was wrong: fields, or files.
fn reasons(refused: &Refused) -> Vec<String> {
    let errors = refused
        .problem
        .extension("errors")
        .and_then(serde_json::Value::as_array);
    let text = |error: &serde_json::Value, name: &str| error.get(name)?.as_str().map(str::to_owned);
    errors
        .into_iter()
        .flatten()
        .filter_map(|error| {
            let subject = text(error, "field").or_else(|| text(error, "filename"))?;
            let what = text(error, "detail").or_else(|| text(error, "title"))?;
            Some(format!("{subject}: {what}"))
        })
        .collect()
}
