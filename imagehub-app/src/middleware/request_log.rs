//! One line a request: the route and not the path, which may name people or hold a link's secret;
//! no query, no credentials, no address.

use std::time::{Duration, Instant};

use actix_web::HttpMessage as _;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use super::TakenRoute;
use crate::error::Refused;
use crate::metrics::{ByCode, Counted, METRICS};

/// What machines ask again and again, whoever else is there: a log full of it has no room for
/// what people did.
const QUIET: [&str; 3] = ["/healthz", "/readyz", "/.well-known/jwks.json"];

/// The middleware that counts and logs an answer. A client that has left by then is no exception:
/// what it asked for is done to the end.
pub async fn record(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let begun = Instant::now();
    let id = request
        .headers()
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .map(str::to_owned);
    let in_flight = Counted::by(&METRICS.requests.in_flight);
    let response = next.call(request).await?;
    drop(in_flight);
    log(&response, begun.elapsed(), id);
    Ok(response)
}

fn log(response: &ServiceResponse<BoxBody>, took: Duration, request_id: Option<String>) {
    let (request, status) = (response.request(), response.status().as_u16());
    let route = request
        .extensions()
        .get::<TakenRoute>()
        .map(|taken| taken.0);
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                method = %request.method(),
                route = route.unwrap_or_default(),
                tenant = request.match_info().get("tenant"),
                status,
                // A number in JSON too, where wider integers are written as text.
                milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                request_id,
                "answered"
            )
        };
    }
    if route.is_some_and(|route| QUIET.contains(&route)) {
        line!(debug);
    } else {
        line!(info);
    }
    let requests = &METRICS.requests;
    requests.answered(request.method(), route, status, took);
}

/// The middleware, next to the handlers, that counts refusals: further out they are shown as pages.
pub async fn count_refusals(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let response = next.call(request).await?;
    if let Some(refused) = response.response().extensions().get::<Refused>() {
        let code = refused.problem.code().as_str();
        let refusals = &METRICS.requests.refusals;
        refusals.get_or_create(&ByCode { code }).inc();
    }
    Ok(response)
}
