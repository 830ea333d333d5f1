//! Who belongs to a tenant.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use imagehub_policy::{Role, TenantId, Username};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::auth::Session;
use crate::domain::RoleChange;
use crate::error::AppError;
use crate::middleware::{Caller, TenantContext};
use crate::state::State;
use crate::web::accounts::answer;
use crate::web::fields::{Fields, Json};
use crate::web::images::rfc3339;

/// `GET /api/v1/tenants/{tenant}/members`
pub async fn list(state: web::Data<State>, place: TenantContext) -> Result<HttpResponse, AppError> {
    let members: Vec<Value> = state
        .catalogue
        .members(&place.tenant)
        .await?
        .iter()
        .map(|member| {
            let since = rfc3339(member.since);
            json!({ "username": member.user, "role": member.role, "since": since })
        })
        .collect();
    let invitations: Vec<Value> = state
        .catalogue
        .invitations_to(&place.tenant)
        .await?
        .iter()
        .map(|invitation| {
            let invited_at = rfc3339(invitation.invited_at);
            json!({ "username": invitation.user, "role": invitation.role, "invited_at": invited_at })
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({ "members": members, "invitations": invitations })))
}

/// `PUT /api/v1/tenants/{tenant}/members/{username}`
pub async fn set(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
    Json(fields): Json,
) -> Result<HttpResponse, AppError> {
    let user = Username::parse(&path.1).map_err(|_| AppError::NotFound)?;
    let (role, change) = set_role(&state, &place, &user, fields).await?;
    let status = match change {
        RoleChange::Changed => StatusCode::OK,
        RoleChange::Invited => StatusCode::ACCEPTED,
    };
    let invited = change == RoleChange::Invited;
    Ok(HttpResponse::build(status)
        .json(json!({ "username": user, "role": role, "invited": invited })))
}

/// `DELETE /api/v1/tenants/{tenant}/members/{username}`
pub async fn remove(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    take_out(&state, &place, &path.1).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/invitations/{tenant}`
pub async fn accept(
    state: web::Data<State>,
    caller: Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let session = join(&state, &caller, &path).await?;
    Ok(answer(&state, &session, Some(caller.via), StatusCode::OK))
}

/// `DELETE /api/v1/invitations/{tenant}`
pub async fn decline(
    state: web::Data<State>,
    caller: Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    refuse(&state, &caller, &path).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives a member another role, or invites somebody.
pub async fn set_role(
    state: &State,
    place: &TenantContext,
    user: &Username,
    mut fields: Fields,
) -> Result<(Role, RoleChange), AppError> {
    let role = fields.required("role", |text| {
        Role::parse(text).ok_or("must be owner, member or viewer")
    });
    let role = fields.finish(role)?;
    let now = OffsetDateTime::now_utc();
    let change = state
        .catalogue
        .set_role(&place.tenant, user, role, now)
        .await?;
    Ok((role, change))
}

/// Takes somebody out of the tenant: an owner anybody, anybody else oneself.
pub async fn take_out(state: &State, place: &TenantContext, name: &str) -> Result<(), AppError> {
    if place.role != Role::Owner && place.user.as_str() != name {
        return Err(AppError::Forbidden);
    }
    let user = Username::parse(name).map_err(|_| AppError::NotFound)?;
    Ok(state
        .catalogue
        .remove_member(&place.tenant, &user, &place.user)
        .await?)
}

/// Declines an invitation.
pub async fn refuse(state: &State, caller: &Caller, tenant: &str) -> Result<(), AppError> {
    let tenant = TenantId::parse(tenant).map_err(|_| AppError::NotFound)?;
    Ok(state
        .catalogue
        .decline_invitation(&tenant, &caller.user)
        .await?)
}

/// Accepts an invitation, and renews the session so that it is in the tenant.
pub async fn join(state: &State, caller: &Caller, tenant: &str) -> Result<Session, AppError> {
    let tenant = TenantId::parse(tenant).map_err(|_| AppError::NotFound)?;
    let now = OffsetDateTime::now_utc();
    state
        .catalogue
        .accept_invitation(&tenant, &caller.user, now)
        .await?;
    let policy = state.policy.current();
    state.sessions.renew(&caller.claims, &policy).await
}
