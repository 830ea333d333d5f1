//! What an invite link leads to, and what is said of it before somebody logs in or signs up.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use imagehub_policy::{Role, TenantId, Username};

use crate::auth::Session;
use crate::domain::InviteLink;
use crate::error::AppError;
use crate::format::{self, with_article};
use crate::http::cookie;
use crate::middleware::Caller;
use crate::state::State;
use crate::web::invite_links;
use crate::web::layout::Frame;
use crate::web::layout::frame::{page, see_other};
use crate::web::layout::notice::Outcome;

/// Who invites to what: all that a link tells.
pub struct Invitation {
    /// The gallery.
    pub tenant: String,
    /// Who made the link.
    pub inviter: String,
    /// The role it gives, with its article.
    pub role: &'static str,
    /// What one may do then.
    pub rights: &'static str,
    /// The day it expires.
    pub until: String,
}

impl Invitation {
    fn new(tenant: &TenantId, link: &InviteLink) -> Self {
        let rights = match link.role {
            Role::Viewer => "you can look at the pictures",
            Role::Member => "you can look at the pictures and add some",
            Role::Owner => "you can do everything there",
        };
        Self {
            tenant: tenant.to_string(),
            inviter: link.created_by.to_string(),
            role: with_article(link.role),
            rights,
            until: format::day(link.until),
        }
    }

    /// The invitation that a path leads to, if it is the path of a link that works.
    pub async fn at(state: &State, path: &str) -> Option<Self> {
        let (tenant, secret) = parts(path)?;
        let (tenant, link) = invite_links::find(state, tenant, secret).await.ok()?;
        Some(Self::new(&tenant, &link))
    }
}

/// Tenant and secret in the path of a link.
fn parts(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("/join/")?.split_once('/')
}

#[derive(Template)]
#[template(path = "join.html")]
struct Join<'a> {
    frame: Frame,
    tenant: &'a str,
    here: String,
    invitation: Option<Invitation>,
    member: bool,
}

/// `GET /join/{tenant}/{secret}`
pub async fn show(
    state: &State,
    visitor: Option<&Username>,
    found: Result<(TenantId, InviteLink), AppError>,
) -> Result<HttpResponse, AppError> {
    let (tenant, link) = found.map_err(over)?;
    let membership = match visitor {
        Some(user) => state.catalogue.membership(&tenant, user).await?,
        None => None,
    };
    let here = format!("/join/{tenant}/{}", link.secret.as_str());
    let template = Join {
        frame: Frame::public(state, visitor, "join").going_on_with(&here),
        tenant: tenant.as_str(),
        here,
        invitation: Some(Invitation::new(&tenant, &link)),
        member: membership.is_some(),
    };
    page(StatusCode::OK, &template)
}

/// Said to people of a link that is not there: they had it from somebody.
fn over(error: AppError) -> AppError {
    match error {
        AppError::NotFound => AppError::Gone,
        error => error,
    }
}

/// `POST /join/{tenant}/{secret}`
pub async fn accept(
    state: web::Data<State>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    let session = invite_links::follow(&state, &caller, &path.0, &path.1).await;
    let session = session.map_err(over)?;
    Ok(joined(&state, &session, &path.0))
}

/// Takes who has just logged in or signed up to where the path leads; if that is an invitation,
/// which stood above the form, right into the gallery.
pub async fn go_on(state: &State, session: Session, path: &str) -> HttpResponse {
    if let Some((tenant, secret)) = parts(path)
        && let Ok(session) = entered(state, &session, tenant, secret).await
    {
        return joined(state, &session, tenant);
    }
    // What is wrong with the invitation is said there.
    let cookie = cookie::session(&session.token, state.config.secure_cookies());
    see_other(path, Some(cookie))
}

/// The session of somebody new in the tenant.
async fn entered(
    state: &State,
    session: &Session,
    tenant: &str,
    secret: &str,
) -> Result<Session, AppError> {
    invite_links::enter(state, &session.user, tenant, secret).await?;
    let policy = state.policy.current();
    let (user, generation) = (&session.user, session.generation);
    state.sessions.begin(user, generation, &policy).await
}

fn joined(state: &State, session: &Session, tenant: &str) -> HttpResponse {
    let cookie = cookie::session(&session.token, state.config.secure_cookies());
    Outcome::did("join").on(see_other(&format!("/t/{tenant}"), Some(cookie)))
}
