//! One line a request: the route and not the path, which may name people or hold a link's secret;
//! no query, no credentials, no address.

use std::time::Instant;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web;

use crate::state::State;

/// The middleware that counts and logs an answer.
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
    let response = next.call(request).await?;
    let status = response.status().as_u16();
    if let Some(state) = response.request().app_data::<web::Data<State>>() {
        state.metrics.answered(status);
    }
    let request = response.request();
    tracing::info!(
        method = %request.method(),
        route = request.match_pattern().unwrap_or_default(),
        tenant = request.match_info().get("tenant"),
        status,
        milliseconds = begun.elapsed().as_millis(),
        request_id = id,
        "answered"
    );
    Ok(response)
}
