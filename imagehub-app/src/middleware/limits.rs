//! The rate limits in front of the handlers, when there is no mesh that keeps them.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, web};
use imagehub_policy::{Allow, Answerer, Decision, Refusal, levels_json};
use time::OffsetDateTime;

use crate::config::Limits;
use crate::http::head;
use crate::metrics::ByCode;
use crate::state::State;

/// The middleware that decides like the filter. In the mesh it is not there.
pub async fn enforce(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let state = request.app_data::<web::Data<State>>().cloned();
    let Some(state) = state.filter(|state| state.config.limits == Limits::Embedded) else {
        return next.call(request).await;
    };
    match verdict(&state, &request).await {
        Decision::Refuse(refusal) | Decision::AwaitKeys(refusal) => {
            let code = refusal.code.as_str();
            let refusals = &state.metrics.requests.refusals;
            refusals.get_or_create(&ByCode { code }).inc();
            Ok(request.into_response(answer(&refusal)))
        }
        Decision::Tell(levels) => {
            let answer = HttpResponse::Ok()
                .content_type("application/json")
                .insert_header(("cache-control", "no-store"))
                .body(levels_json(levels.as_ref()));
            Ok(request.into_response(answer))
        }
        Decision::Allow(allow) => {
            let mut response = next.call(request).await?;
            tell(&allow, &mut response);
            Ok(response)
        }
    }
}

async fn verdict(state: &State, request: &ServiceRequest) -> Decision {
    let policy = state.policy.current();
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let client = request.peer_addr().map(|peer| peer.ip());
    let head = head::of(request.method().as_str(), path, request.headers());
    let keys = state.sessions.keys.verifying_keys();
    match state.limits.decide(&policy, &head, client, &keys) {
        Decision::AwaitKeys(_) => {
            let keys = state.sessions.keys.refresh(OffsetDateTime::now_utc()).await;
            state.limits.decide(&policy, &head, client, &keys)
        }
        decided => decided,
    }
}

fn answer(refusal: &Refusal) -> HttpResponse {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::FORBIDDEN);
    let mut response = HttpResponse::build(status);
    for (name, value) in &refusal.headers {
        response.insert_header((*name, value.as_str()));
    }
    response.body(refusal.body(Answerer::Application))
}

fn tell(allow: &Allow, response: &mut ServiceResponse<BoxBody>) {
    let Some(limits) = &allow.limits else { return };
    for (name, value) in limits.headers() {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
    }
}
