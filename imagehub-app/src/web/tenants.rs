//! Tenants and their plans.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use imagehub_policy::{Plan, TenantId};
use serde_json::json;
use time::OffsetDateTime;

use crate::auth::{Session, refuse_programs};
use crate::blob_cleanup::BlobCleanup;
use crate::domain::TenantRecord;
use crate::error::AppError;
use crate::middleware::{Caller, TenantContext};
use crate::state::State;
use crate::web::account::confirmation;
use crate::web::accounts::answer;
use crate::web::fields::{Fields, Json};
use crate::web::images::rfc3339;

/// `POST /api/v1/tenants`
pub async fn create(
    state: web::Data<State>,
    caller: Caller,
    Json(fields): Json,
) -> Result<HttpResponse, AppError> {
    let (session, _) = create_owned(&state, &caller, fields).await?;
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
    place: TenantContext,
    Json(fields): Json,
) -> Result<HttpResponse, AppError> {
    let session = switch(&state, &place, fields).await?;
    Ok(answer(&state, &session, Some(place.via), StatusCode::OK))
}

/// `PATCH /api/v1/tenants/{tenant}`
pub async fn edit(
    state: web::Data<State>,
    place: TenantContext,
    Json(fields): Json,
) -> Result<HttpResponse, AppError> {
    let tenant = change(&state, &place, fields).await?;
    Ok(HttpResponse::Ok().json(json!({
        "name": tenant.name,
        "plan": tenant.plan,
        "created_at": rfc3339(tenant.created_at),
        "keep_metadata": tenant.keep_metadata,
    })))
}

/// `DELETE /api/v1/tenants/{tenant}`
pub async fn delete(
    state: web::Data<State>,
    place: TenantContext,
    Json(fields): Json,
) -> Result<HttpResponse, AppError> {
    remove(&state, &place, fields).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Changes whether images are served with the metadata they come with.
pub async fn change(
    state: &State,
    place: &TenantContext,
    mut fields: Fields,
) -> Result<TenantRecord, AppError> {
    let keep = fields.flag("keep_metadata");
    let keep = fields.finish(Some(keep))?;
    if let Some(keep) = keep {
        state
            .catalogue
            .set_keep_metadata(&place.tenant, keep)
            .await?;
    }
    let found = state.catalogue.find_tenant(&place.tenant).await?;
    found.ok_or(AppError::NotFound)
}

/// Deletes the tenant with everything in it.
pub async fn remove(
    state: &State,
    place: &TenantContext,
    mut fields: Fields,
) -> Result<(), AppError> {
    refuse_programs(&place.claims)?;
    let name = place.tenant.as_str();
    let confirmed = fields.required("confirm", |text| confirmation(text, name));
    fields.finish(confirmed)?;
    let mut cleanup = BlobCleanup::default();
    cleanup
        .take(state.catalogue.as_ref(), &place.tenant)
        .await?;
    state.catalogue.delete_tenant(&place.tenant).await?;
    cleanup.run(state).await;
    Ok(())
}

/// Creates a tenant that the caller owns, and renews the session so that it is in it.
pub async fn create_owned(
    state: &State,
    caller: &Caller,
    mut fields: Fields,
) -> Result<(Session, TenantId), AppError> {
    let name = fields.required("name", TenantId::parse);
    let plan = fields.required("plan", |text| known_plan(state, text));
    let (name, plan) = fields.finish(name.zip(plan))?;
    let now = OffsetDateTime::now_utc();
    state
        .catalogue
        .create_tenant(&name, &caller.user, &plan, now)
        .await?;
    let policy = state.policy.current();
    let session = state.sessions.renew(&caller.claims, &policy).await?;
    Ok((session, name))
}

/// Puts the tenant on another plan, and renews the session so that it holds at once.
pub async fn switch(
    state: &State,
    place: &TenantContext,
    mut fields: Fields,
) -> Result<Session, AppError> {
    // The answer is a session, which a program does not get.
    refuse_programs(&place.claims)?;
    let plan = fields.required("plan", |text| known_plan(state, text));
    let plan = fields.finish(plan)?;
    state.catalogue.set_plan(&place.tenant, &plan).await?;
    state
        .sessions
        .renew(&place.claims, &state.policy.current())
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
