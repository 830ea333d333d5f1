//! Invite links: who follows one, and is signed in, becomes a member.

pub mod page;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use imagehub_policy::{Role, TenantId, Username};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::auth::{Session, refuse_programs};
use crate::domain::{InviteLink, LinkSecret};
use crate::error::AppError;
use crate::http::head::wants_html;
use crate::middleware::{Caller, TenantContext, Visitor};
use crate::state::State;
use crate::web::accounts::answer;
use crate::web::fields::{Fields, Json};
use crate::web::images::rfc3339;

/// Days a link lasts unless it is said.
pub const USUAL_DAYS: u32 = 7;
/// Days it lasts at most.
pub const MAX_DAYS: u32 = 365;

/// `GET /api/v1/tenants/{tenant}/invite-links`
pub async fn list(state: web::Data<State>, place: TenantContext) -> Result<HttpResponse, AppError> {
    let now = OffsetDateTime::now_utc();
    let links = state.catalogue.invite_links(&place.tenant, now).await?;
    let links: Vec<Value> = links
        .iter()
        .map(|link| object(&place.tenant, link))
        .collect();
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .json(json!({ "invite_links": links })))
}

/// `POST /api/v1/tenants/{tenant}/invite-links`
pub async fn create(
    state: web::Data<State>,
    place: TenantContext,
    Json(fields): Json,
) -> Result<HttpResponse, AppError> {
    let link = make(&state, &place, fields).await?;
    Ok(HttpResponse::Created().json(object(&place.tenant, &link)))
}

/// `DELETE /api/v1/tenants/{tenant}/invite-links/{secret}`
pub async fn delete(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    revoke(&state, &place, &path.1).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /join/{tenant}/{secret}`: where the link leads, before it is followed.
pub async fn show(
    state: web::Data<State>,
    visitor: Visitor,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let found = find(&state, &path.0, &path.1).await;
    if wants_html(&request) {
        return page::show(&state, visitor.0.as_ref(), found).await;
    }
    let (tenant, link) = found?;
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .insert_header(("vary", "accept"))
        .json(json!({
            "tenant": tenant,
            "role": link.role,
            "invited_by": link.created_by,
            "until": rfc3339(link.until),
        })))
}

/// `POST /api/v1/join/{tenant}/{secret}`
pub async fn join(
    state: web::Data<State>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    let session = follow(&state, &caller, &path.0, &path.1).await?;
    Ok(answer(&state, &session, Some(caller.via), StatusCode::OK))
}

/// Makes a link that gives a role.
pub async fn make(
    state: &State,
    place: &TenantContext,
    mut fields: Fields,
) -> Result<InviteLink, AppError> {
    let role = fields.required("role", |text| {
        Role::parse(text).ok_or("must be owner, member or viewer")
    });
    let days = fields.number("days", 1..=MAX_DAYS, USUAL_DAYS);
    let (role, days) = fields.finish(role.zip(days))?;
    let now = OffsetDateTime::now_utc();
    let link = InviteLink {
        secret: LinkSecret::random(),
        role,
        created_by: place.user.clone(),
        created_at: now,
        until: now + Duration::days(days.into()),
    };
    state
        .catalogue
        .create_invite_link(&place.tenant, &link)
        .await?;
    Ok(link)
}

/// Withdraws a link.
pub async fn revoke(state: &State, place: &TenantContext, secret: &str) -> Result<(), AppError> {
    let secret = LinkSecret::parse(secret).map_err(|_| AppError::NotFound)?;
    Ok(state
        .catalogue
        .revoke_invite_link(&place.tenant, &secret)
        .await?)
}

/// The link, while it lasts.
pub async fn find(
    state: &State,
    tenant: &str,
    secret: &str,
) -> Result<(TenantId, InviteLink), AppError> {
    let (tenant, secret) = parts(tenant, secret)?;
    let now = OffsetDateTime::now_utc();
    let link = state
        .catalogue
        .find_invite_link(&tenant, &secret, now)
        .await?;
    Ok((tenant, link.ok_or(AppError::NotFound)?))
}

/// Makes the caller a member, and renews the session so that it is in the tenant.
pub async fn follow(
    state: &State,
    caller: &Caller,
    tenant: &str,
    secret: &str,
) -> Result<Session, AppError> {
    refuse_programs(&caller.claims)?;
    enter(state, &caller.user, tenant, secret).await?;
    let policy = state.policy.current();
    state.sessions.renew(&caller.claims, &policy).await
}

/// Makes the user a member.
pub async fn enter(
    state: &State,
    user: &Username,
    tenant: &str,
    secret: &str,
) -> Result<(), AppError> {
    let (tenant, secret) = parts(tenant, secret)?;
    let now = OffsetDateTime::now_utc();
    state
        .catalogue
        .join_by_link(&tenant, &secret, user, now)
        .await?;
    Ok(())
}

fn parts(tenant: &str, secret: &str) -> Result<(TenantId, LinkSecret), AppError> {
    let tenant = TenantId::parse(tenant).map_err(|_| AppError::NotFound)?;
    let secret = LinkSecret::parse(secret).map_err(|_| AppError::NotFound)?;
    Ok((tenant, secret))
}

/// A link as the API shows it to owners.
pub fn object(tenant: &TenantId, link: &InviteLink) -> Value {
    json!({
        "url": format!("/join/{tenant}/{}", link.secret.as_str()),
        "secret": link.secret.as_str(),
        "role": link.role,
        "created_by": link.created_by,
        "created_at": rfc3339(link.created_at),
        "until": rfc3339(link.until),
    })
}
