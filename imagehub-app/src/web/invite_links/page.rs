//! What an invite link leads to.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use imagehub_policy::Role;

use crate::error::AppError;
use crate::format;
use crate::http::cookie;
use crate::middleware::Caller;
use crate::state::State;
use crate::web::invite_links;
use crate::web::layout::Frame;
use crate::web::layout::frame::{page, see_other};

#[derive(Template)]
#[template(path = "join.html")]
struct Join<'a> {
    frame: Frame,
    tenant: &'a str,
    secret: &'a str,
    role: &'static str,
    rights: &'static str,
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
    let (tenant, link) = invite_links::find(&state, &path.0, &path.1).await?;
    let membership = state.catalogue.membership(&tenant, &caller.user).await?;
    let template = Join {
        frame: Frame::new(&state, &request, Some(&caller.user), "join"),
        tenant: tenant.as_str(),
        secret: link.secret.as_str(),
        role: link.role.as_str(),
        rights: match link.role {
            Role::Viewer => "you can look at the pictures",
            Role::Member => "you can look at the pictures and add some",
            Role::Owner => "you can do everything there",
        },
        inviter: link.created_by.as_str(),
        until: format::day(link.until),
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
    let session = invite_links::follow(&state, &caller, &path.0, &path.1).await?;
    let cookie = cookie::session(&session.token, state.config.secure_cookies());
    Ok(see_other(&format!("/t/{}", path.0), Some(cookie)))
}
