//! The rate limits kept by this process itself, by the same code as the filter's: when there is
//! no mesh around it.

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, web};
use imagehub_policy::{
    Allow, Charge, ChargeOutcome, Counters, Decision, Keys, LimitReport, MemoryCounters, Policy,
    Refusal, RequestHead, Timestamp, VerifiedTokens, decide, levels_json,
};
use thread_local::ThreadLocal;
use time::OffsetDateTime;

use crate::config::Limits;
use crate::http::head;
use crate::state::State;

/// The counters of this process, and the tokens that each of its workers has seen. The counters are
/// locked while something is counted, not while a signature is verified.
pub struct EmbeddedLimits {
    counters: Mutex<MemoryCounters>,
    tokens: ThreadLocal<RefCell<VerifiedTokens>>,
}

struct Locked<'a>(&'a Mutex<MemoryCounters>);

impl Counters for Locked<'_> {
    fn charge(&mut self, charge: &Charge<'_>, _: Timestamp) -> ChargeOutcome {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A time that was read before the lock was had looks like a clock that was set back.
        counters.charge(charge, crate::clock::now())
    }

    fn look(&mut self, charge: &Charge<'_>, _: Timestamp) -> Option<LimitReport> {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counters.look(charge, crate::clock::now())
    }
}

impl EmbeddedLimits {
    /// A table of so many slots, all empty, under a secret of its own.
    pub fn new(slots: u32) -> Self {
        Self {
            counters: Mutex::new(MemoryCounters::new(slots, rand::random())),
            tokens: ThreadLocal::new(),
        }
    }

    fn decide(
        &self,
        policy: &Policy,
        head: &RequestHead<'_>,
        client: Option<IpAddr>,
        keys: &Keys,
    ) -> Decision {
        decide(
            policy,
            head,
            &|| client,
            crate::clock::now(),
            keys,
            &mut self.tokens.get_or_default().borrow_mut(),
            &mut Locked(&self.counters),
        )
        .decision
    }
}

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
            state.metrics.requests.refusals.add(code, 1);
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
    response.body(refusal.body())
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
