//! API tokens: made once, shown once, listed and revoked.

use actix_web::{HttpResponse, web};
use imagehub_policy::{Role, TenantId};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::auth::refuse_programs;
use crate::auth::signing::{ApiClaims, new_jti};
use crate::domain::{ApiToken, Membership, TokenName};
use crate::error::AppError;
use crate::middleware::Caller;
use crate::state::State;
use crate::web::fields::{Fields, Json};
use crate::web::images::rfc3339;

/// Days a token lasts unless it is said.
pub const USUAL_DAYS: u32 = 90;
/// Days it lasts at most.
pub const MAX_DAYS: u32 = 365;

/// `GET /api/v1/tokens`
pub async fn list(state: web::Data<State>, caller: Caller) -> Result<HttpResponse, AppError> {
    let now = OffsetDateTime::now_utc();
    let tokens = state.catalogue.tokens_of(&caller.user, now).await?;
    let tokens: Vec<Value> = tokens.iter().map(object).collect();
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .json(json!({ "tokens": tokens })))
}

/// `POST /api/v1/tokens`
pub async fn create(
    state: web::Data<State>,
    caller: Caller,
    Json(fields): Json,
) -> Result<HttpResponse, AppError> {
    let (token, known) = make(&state, &caller, fields).await?;
    let mut object = object(&known);
    object["token"] = token.into();
    Ok(HttpResponse::Created()
        .insert_header(("cache-control", "no-store"))
        .json(object))
}

/// `DELETE /api/v1/tokens/{jti}`
pub async fn delete(
    state: web::Data<State>,
    caller: Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    revoke(&state, &caller, &path).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes a token for one of the user's tenants, with at most the user's own role there. The token
/// itself is kept nowhere.
pub async fn make(
    state: &State,
    caller: &Caller,
    mut fields: Fields,
) -> Result<(String, ApiToken), AppError> {
    refuse_programs(&caller.claims)?;
    let name = fields.required("name", TokenName::parse);
    let tenant = fields.required("tenant", TenantId::parse);
    let role = fields.required("role", |text| {
        Role::parse(text).ok_or("must be owner, member or viewer")
    });
    let days = fields.number("days", 1..=MAX_DAYS, USUAL_DAYS);
    let ((name, tenant), (role, days)) = fields.finish(name.zip(tenant).zip(role.zip(days)))?;
    // Asked once more: the session may have ended since the request began.
    let membership = state.catalogue.membership(&tenant, &caller.user);
    let membership = state.sessions.with(&caller.claims, membership).await?;
    let membership = membership
        .filter(|membership| membership.role >= role)
        .ok_or(AppError::Forbidden)?;

    let now = OffsetDateTime::now_utc();
    let new = ApiToken {
        jti: new_jti(),
        name,
        tenant,
        role,
        created_at: now,
        expires_at: now + Duration::days(days.into()),
        last_use: None,
    };
    let policy = state.policy.current();
    let claims = ApiClaims {
        issuer: policy.issuer(),
        audience: policy.audience(),
        user: &caller.user,
        jti: &new.jti,
        tenant: &new.tenant,
        grant: &Membership {
            role,
            plan: membership.plan,
        },
        expires_at: new.expires_at,
    };
    let signed = state.sessions.keys.sign_api(&claims, now).await?;
    state
        .catalogue
        .create_token(&caller.user, caller.claims.generation, &new)
        .await?;
    Ok((signed.token, new))
}

/// Revokes one of the user's tokens.
pub async fn revoke(state: &State, caller: &Caller, jti: &str) -> Result<(), AppError> {
    Ok(state.catalogue.revoke_token(&caller.user, jti).await?)
}

/// A token as the API shows it: never the token itself.
pub fn object(token: &ApiToken) -> Value {
    json!({
        "jti": token.jti,
        "name": token.name.as_str(),
        "tenant": token.tenant,
        "role": token.role,
        "created_at": rfc3339(token.created_at),
        "expires_at": rfc3339(token.expires_at),
        "last_use": token.last_use.map(rfc3339),
    })
}
