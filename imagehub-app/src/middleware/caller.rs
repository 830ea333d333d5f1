//! What a handler learns about who is asking.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use imagehub_policy::{Claims, Plan, Role, TenantId, Username, Via};

use crate::error::AppError;
use crate::http::head;
use crate::state::State;

/// A signed-in user. Only the gate makes one.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user.
    pub user: Username,
    /// How the session came.
    pub via: Via,
    /// What the token says.
    pub claims: Arc<Claims>,
}

/// A signed-in user in a tenant, with at least the role that the route asks for.
#[derive(Debug, Clone)]
pub struct TenantContext {
    /// The user.
    pub user: Username,
    /// How the session came.
    pub via: Via,
    /// What the token says.
    pub claims: Arc<Claims>,
    /// The tenant of the path.
    pub tenant: TenantId,
    /// What the user is there, by the catalogue; with an API token, at most what that may.
    pub role: Role,
    /// The tenant's plan, by the catalogue.
    pub plan: Plan,
}

impl FromRequest for Caller {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(passed(request))
    }
}

impl FromRequest for TenantContext {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(passed(request))
    }
}

/// What the gate let through; a handler behind a gate of another kind refuses to work.
fn passed<T: Clone + 'static>(request: &HttpRequest) -> Result<T, AppError> {
    let found = request.extensions().get::<T>().cloned();
    found.ok_or_else(|| AppError::Internal("the route's gate does not admit what it needs".into()))
}

/// Somebody on a public page, who may have a session.
pub struct Visitor(pub Option<Username>);

impl FromRequest for Visitor {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = web::Data::<State>::extract(&request)
                .await
                .map_err(|error| AppError::Internal(error.to_string()))?;
            let head = head::of("GET", "/", request.headers());
            // On a public page a bad session is as good as none.
            Ok(Self(
                state
                    .sessions
                    .person(&head, &state.policy.current())
                    .await
                    .ok(),
            ))
        })
    }
}
