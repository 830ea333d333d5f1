//! The first page: what this is, or the galleries of who is signed in.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use crate::error::AppError;
use crate::http::cookie;
use crate::middleware::{Caller, Visitor};
use crate::state::State;
use crate::web::fields::Form;
use crate::web::layout::Frame;
use crate::web::layout::frame::{page, see_other};
use crate::web::members::{join, refuse};
use crate::web::tenants::create_owned;

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome<'a> {
    frame: Frame,
    workshop: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    frame: Frame,
    workshop: Option<&'a str>,
    invitations: Vec<Invited>,
    tenants: Vec<Gallery>,
    plans: Vec<String>,
}

struct Invited {
    tenant: String,
    role: &'static str,
}

struct Gallery {
    name: String,
    plan: String,
    role: &'static str,
}

/// `GET /`
pub async fn show(state: web::Data<State>, visitor: Visitor) -> Result<HttpResponse, AppError> {
    let workshop = state.config.workshop_url();
    let Some(user) = visitor.0 else {
        let frame = Frame::public(&state, None, "welcome");
        return page(StatusCode::OK, &Welcome { frame, workshop });
    };
    let invitations = state.catalogue.invitations_of(&user).await?;
    let grants = state.catalogue.tenants_of(&user).await?;
    let policy = state.policy.current();
    let template = Home {
        frame: Frame::public(&state, Some(&user), "home"),
        workshop,
        invitations: invitations
            .iter()
            .map(|invitation| Invited {
                tenant: invitation.tenant.to_string(),
                role: invitation.role.as_str(),
            })
            .collect(),
        tenants: grants
            .iter()
            .map(|(name, membership)| Gallery {
                name: name.to_string(),
                plan: membership.plan.to_string(),
                role: membership.role.as_str(),
            })
            .collect(),
        plans: policy
            .plans()
            .iter()
            .map(|plan| plan.name.to_string())
            .collect(),
    };
    page(StatusCode::OK, &template)
}

/// `POST /tenants`
pub async fn create_tenant(
    state: web::Data<State>,
    caller: Caller,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (session, name) = create_owned(&state, &caller, fields).await?;
    let cookie = cookie::session(&session.token, state.config.secure_cookies());
    Ok(see_other(&format!("/t/{name}"), Some(cookie)))
}

/// `POST /invitations/{tenant}/decline`
pub async fn decline(
    state: web::Data<State>,
    caller: Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    refuse(&state, &caller, &path).await?;
    Ok(see_other("/", None))
}

/// `POST /invitations/{tenant}`
pub async fn accept(
    state: web::Data<State>,
    caller: Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let session = join(&state, &caller, &path).await?;
    let cookie = cookie::session(&session.token, state.config.secure_cookies());
    Ok(see_other(&format!("/t/{path}"), Some(cookie)))
}
