//! The check in front of every route.

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpRequest, ResponseError as _, web};
use imagehub_policy::{Access, Claims, Role, TenantId, TokenKind, Via};

use super::{Caller, TenantContext};
use crate::auth::past_half_life;
use crate::error::AppError;
use crate::http::{cookie, head};
use crate::state::State;

/// Lets through who may, and tells the handler who it is. A cookie is renewed with the answer when
/// it is past half of its life, or says another role or plan than the catalogue.
pub async fn gate(
    access: Access,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(state) = request.app_data::<web::Data<State>>().cloned() else {
        let error = AppError::Internal("no application state".into());
        return Ok(request.into_response(error.error_response()));
    };
    match admit(access, &state, &request).await {
        Ok(renew) => {
            let mut response = next.call(request).await?;
            if let Some(claims) = renew {
                renew_cookie(&state, &claims, &mut response).await;
            }
            Ok(response)
        }
        Err(error) => Ok(request.into_response(error.error_response())),
    }
}

/// The session whose cookie is to be renewed, if the request may pass.
async fn admit(
    access: Access,
    state: &State,
    request: &ServiceRequest,
) -> Result<Option<Arc<Claims>>, AppError> {
    if access == Access::Public {
        return Ok(None);
    }
    let session = state
        .sessions
        .of(&head::of_service(request), &state.policy.current())
        .await?;
    let (claims, via) = session.ok_or(AppError::Unauthenticated)?;
    if via == Via::Cookie && may_be_forged(request) {
        let public_url = state.config.public_url.as_deref();
        if !head::same_origin(request.headers(), public_url) {
            return Err(AppError::CrossSite);
        }
    }
    let stale = match least_role(access) {
        Some(least) => {
            let place = in_tenant(state, request, &claims, via, least).await?;
            let stale = is_stale(&place);
            request.extensions_mut().insert(place);
            stale
        }
        None => {
            state.sessions.with(&claims, async { Ok(()) }).await?;
            if claims.kind == TokenKind::Api && !is_open_to_programs(request) {
                return Err(AppError::Forbidden);
            }
            false
        }
    };
    let old = past_half_life(&claims, crate::clock::now());
    let renew = (via == Via::Cookie && (stale || old)).then(|| Arc::clone(&claims));
    request.extensions_mut().insert(Caller {
        user: claims.sub.clone(),
        via,
        claims,
    });
    Ok(renew)
}

/// Whether what the gate found still holds, for a request that took its time since: the session has
/// not ended, and the role in the tenant is no lower.
pub async fn still_holds(request: &HttpRequest) -> Result<(), AppError> {
    let (caller, place) = {
        let found = request.extensions();
        (
            found.get::<Caller>().cloned(),
            found.get::<TenantContext>().cloned(),
        )
    };
    let (Some(caller), Some(state)) = (caller, request.app_data::<web::Data<State>>()) else {
        // The route is public.
        return Ok(());
    };
    let membership = async {
        match &place {
            None => Ok(None),
            Some(place) => state.catalogue.membership(&place.tenant, &place.user).await,
        }
    };
    let membership = state.sessions.with(&caller.claims, membership).await?;
    let now = membership.map(|membership| membership.role);
    if now < place.map(|place| place.role) {
        return Err(AppError::Forbidden);
    }
    Ok(())
}

/// An API token is for its tenant's routes; beyond them a program may ask who it is.
fn is_open_to_programs(request: &ServiceRequest) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD) && request.path() == "/api/v1/me"
}

/// Browsers attach cookies to other sites' forms; JSON they send only after asking.
fn may_be_forged(request: &ServiceRequest) -> bool {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case("application/json"));
    !safe && !json
}

fn least_role(access: Access) -> Option<Role> {
    match access {
        Access::Public | Access::User => None,
        Access::Viewer => Some(Role::Viewer),
        Access::Member => Some(Role::Member),
        Access::Owner => Some(Role::Owner),
    }
}

/// A tenant that is not the user's and one that does not exist get the same answer.
async fn in_tenant(
    state: &State,
    request: &ServiceRequest,
    claims: &Arc<Claims>,
    via: Via,
    least: Role,
) -> Result<TenantContext, AppError> {
    let name = request.match_info().get("tenant").unwrap_or_default();
    let Ok(tenant) = TenantId::parse(name) else {
        state.sessions.with(claims, async { Ok(()) }).await?;
        return Err(AppError::NotMember);
    };
    let membership = state.catalogue.membership(&tenant, &claims.sub);
    let membership = state.sessions.with(claims, membership).await?;
    let membership = membership.ok_or(AppError::NotMember)?;
    let role = match claims.kind {
        TokenKind::Session => membership.role,
        TokenKind::Api => {
            let scope = claims.tenants.get(&tenant).ok_or(AppError::NotMember)?;
            membership.role.min(scope.role)
        }
    };
    if role < least {
        return Err(AppError::Forbidden);
    }
    Ok(TenantContext {
        user: claims.sub.clone(),
        via,
        claims: Arc::clone(claims),
        tenant,
        role,
        plan: membership.plan,
    })
}

/// Whether the token says another role or plan than the catalogue does: the filter, which has
/// nothing but the token, would go on by it.
fn is_stale(place: &TenantContext) -> bool {
    let grant = place.claims.tenants.get(&place.tenant);
    grant.is_none_or(|grant| grant.role != place.role || grant.plan != place.plan)
}

async fn renew_cookie(state: &State, claims: &Claims, response: &mut ServiceResponse<BoxBody>) {
    if response.headers().contains_key(header::SET_COOKIE) {
        return;
    }
    let renewed = state.sessions.renew(claims, &state.policy.current()).await;
    match renewed {
        Ok(session) => {
            let cookie = cookie::session(&session.token, state.config.secure_cookies());
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
        }
        // It ended while the request was answered.
        Err(AppError::Unauthenticated) => {}
        Err(error) => tracing::warn!(%error, "the session could not be renewed"),
    }
}
