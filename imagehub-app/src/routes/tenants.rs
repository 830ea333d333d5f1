//! Tenants and their plans.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use imagehub_policy::{Plan, TenantId, Username};
use time::OffsetDateTime;

use super::accounts::answer;
use crate::auth::{Caller, InTenant, Session};
use crate::error::AppError;
use crate::http::fields::{Fields, Json};
use crate::state::State;

/// `POST /api/v1/tenants`
pub async fn create(
    state: web::Data<State>,
    caller: Caller,
    Json(fields): Json,
) -> Result<HttpResponse, AppError> {
    let (session, _) = found(&state, &caller.user, fields).await?;
    Ok(answer(
        &state,
        &session,
        Some(caller.via),
        StatusCode::CREATED,
    ))
}

/// `PUT /api/v1/tenants/{tenant}/plan`
pub async fn set_plan(
    state: web::Data<State>,
    place: InTenant,
    Json(fields): Json,
) -> Result<HttpResponse, AppError> {
    let session = switch(&state, &place, fields).await?;
    Ok(answer(&state, &session, Some(place.via), StatusCode::OK))
}

/// Founds a tenant, and renews the session so that it is in it.
pub async fn found(
    state: &State,
    user: &Username,
    mut fields: Fields,
) -> Result<(Session, TenantId), AppError> {
    let name = fields.required("name", TenantId::parse);
    let plan = fields.required("plan", |text| known_plan(state, text));
    let (name, plan) = fields.finish(name.zip(plan))?;
    let now = OffsetDateTime::now_utc();
    state
        .catalogue
        .create_tenant(&name, user, &plan, now)
        .await?;
    let session = state.sessions.begin(user, &state.policy.current()).await?;
    Ok((session, name))
}

/// Puts the tenant on another plan, and renews the session so that it holds at once.
pub async fn switch(
    state: &State,
    place: &InTenant,
    mut fields: Fields,
) -> Result<Session, AppError> {
    let plan = fields.required("plan", |text| known_plan(state, text));
    let plan = fields.finish(plan)?;
    state.catalogue.set_plan(&place.tenant, &plan).await?;
    state
        .sessions
        .begin(&place.user, &state.policy.current())
        .await
}

fn known_plan(state: &State, text: &str) -> Result<Plan, &'static str> {
    let policy = state.policy.current();
    let known = policy
        .plans()
        .iter()
        .find(|plan| plan.name.as_str() == text);
    known
        .map(|plan| plan.name.clone())
        .ok_or("is not one of the plans")
}
