//! What an invite link leads to.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use imagehub_policy::TenantId;
use time::OffsetDateTime;

use super::Frame;
use super::frame::{page, see_other};
use super::words;
use crate::auth::Caller;
use crate::catalogue::{InviteLink, LinkSecret};
use crate::error::AppError;
use crate::http::cookie;
use crate::state::State;

#[derive(Template)]
#[template(path = "join.html")]
struct Join<'a> {
    frame: Frame,
    tenant: &'a str,
    secret: &'a str,
    role: &'static str,
    inviter: &'a str,
    until: String,
    member: bool,
}

/// `GET /join/{tenant}/{secret}`
pub async fn show(
    state: web::Data<State>,
    caller: Caller,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let (tenant, link) = find(&state, &path).await?;
    let membership = state.catalogue.membership(&tenant, &caller.user).await?;
    let template = Join {
        frame: Frame::new(&state, &request, Some(&caller.user), "join"),
        tenant: tenant.as_str(),
        secret: link.secret.as_str(),
        role: link.role.as_str(),
        inviter: link.created_by.as_str(),
        until: words::day(link.until),
        member: membership.is_some(),
    };
    page(StatusCode::OK, &template)
}

/// `POST /join/{tenant}/{secret}`
pub async fn accept(
    state: web::Data<State>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    let (tenant, link) = find(&state, &path).await?;
    let now = OffsetDateTime::now_utc();
    let catalogue = &state.catalogue;
    catalogue
        .join_by_link(&tenant, &link.secret, &caller.user, now)
        .await?;
    let policy = state.policy.current();
    let session = state.sessions.renew(&caller.claims, &policy).await?;
    let cookie = cookie::session(&session.token, state.config.secure_cookies());
    Ok(see_other(&format!("/t/{tenant}"), Some(cookie)))
}

async fn find(state: &State, path: &(String, String)) -> Result<(TenantId, InviteLink), AppError> {
    let tenant = TenantId::parse(&path.0).map_err(|_| AppError::NotFound)?;
    let secret = LinkSecret::parse(&path.1).map_err(|_| AppError::NotFound)?;
    let now = OffsetDateTime::now_utc();
    let link = state
        .catalogue
        .find_invite_link(&tenant, &secret, now)
        .await?;
    Ok((tenant, link.ok_or(AppError::NotFound)?))
}
