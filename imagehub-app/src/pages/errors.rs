//! Errors as pages, for browsers.

use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpRequest, web};
use askama::Template;
use imagehub_policy::{Code, login_location};

use super::Frame;
use super::frame::{page, see_other};
use crate::auth::Caller;
use crate::error::Refused;
use crate::http::head::wants_html;
use crate::state::State;

#[derive(Template)]
#[template(path = "error.html")]
struct Error<'a> {
    frame: Frame,
    status: u16,
    title: &'a str,
    detail: Option<&'a str>,
    reasons: Vec<String>,
    retry_after: Option<u64>,
    actions: Vec<Action>,
}

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
    if refused.problem.code() == Code::Unauthenticated
        && matches!(*request.method(), Method::GET | Method::HEAD)
    {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        return Ok(ServiceResponse::new(
            request.clone(),
            see_other(&login_location(path), None),
        ));
    }
    if let Ok(shown) = render(&request, original.status(), &refused) {
        let (_, body) = shown.into_parts();
        let html = header::HeaderValue::from_static("text/html; charset=utf-8");
        original.headers_mut().insert(header::CONTENT_TYPE, html);
        original.headers_mut().insert(
            header::VARY,
            header::HeaderValue::from_static("accept, cookie"),
        );
        original = original.set_body(body.boxed());
    }
    Ok(ServiceResponse::new(request, original))
}

fn render(
    request: &HttpRequest,
    status: StatusCode,
    refused: &Refused,
) -> Result<actix_web::HttpResponse, crate::error::AppError> {
    let problem = &refused.problem;
    let user = request
        .extensions()
        .get::<Caller>()
        .map(|caller| caller.user.clone());
    let frame = match request.app_data::<web::Data<State>>() {
        Some(state) => Frame::new(state, request, user.as_ref(), "error"),
        None => Frame::public(None, "error"),
    };
    let back = Action {
        label: if frame.user.is_some() {
            "Your galleries"
        } else {
            "Start page"
        },
        href: "/".to_owned(),
    };
    let template = Error {
        frame,
        status: status.as_u16(),
        title: problem.title(),
        detail: Some(problem.detail()).filter(|detail| !detail.is_empty()),
        reasons: reasons(refused),
        retry_after: refused.retry_after,
        actions: vec![back],
    };
    page(status, &template)
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
