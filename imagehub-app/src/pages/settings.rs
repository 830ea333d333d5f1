//! A tenant's plan and people.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use imagehub_policy::{Role, Username};

use super::Frame;
use super::frame::{page, see_other};
use crate::auth::InTenant;
use crate::error::{AppError, FieldProblem};
use crate::http::cookie;
use crate::http::fields::Form;
use crate::http::local::local_path;
use crate::routes::{members, tenants};
use crate::state::State;

#[derive(Template)]
#[template(path = "settings.html")]
struct Settings<'a> {
    frame: Frame,
    tenant: &'a str,
    plan: &'a str,
    other_plans: Vec<String>,
    owner: bool,
    members: Vec<Person>,
    roles: [&'static str; 3],
}

struct Person {
    name: String,
    role: &'static str,
    me: bool,
    invited: bool,
}

/// `GET /t/{tenant}/settings`
pub async fn show(
    state: web::Data<State>,
    place: InTenant,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let members = state.catalogue.members(&place.tenant).await?;
    let invitations = state.catalogue.invitations_to(&place.tenant).await?;
    let members = members
        .iter()
        .map(|member| (&member.user, member.role, false));
    let invited = invitations
        .iter()
        .map(|invitation| (&invitation.user, invitation.role, true));
    let policy = state.policy.current();
    let template = Settings {
        frame: Frame::new(&state, &request, Some(&place.user), "settings"),
        tenant: place.tenant.as_str(),
        plan: place.plan.as_str(),
        other_plans: policy
            .plans()
            .iter()
            .map(|plan| plan.name.to_string())
            .filter(|name| name != place.plan.as_str())
            .collect(),
        owner: place.role == Role::Owner,
        members: members
            .chain(invited)
            .map(|(user, role, invited)| Person {
                name: user.to_string(),
                role: role.as_str(),
                me: *user == place.user,
                invited,
            })
            .collect(),
        roles: [Role::Viewer, Role::Member, Role::Owner].map(Role::as_str),
    };
    page(StatusCode::OK, &template)
}

/// `POST /t/{tenant}/plan`
pub async fn set_plan(
    state: web::Data<State>,
    place: InTenant,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let next = fields.text("next");
    let session = tenants::switch(&state, &place, fields).await?;
    let cookie = cookie::session(&session.token, state.config.secure_cookies());
    let home = format!("/t/{}", place.tenant);
    let next = if next.is_empty() {
        home.as_str()
    } else {
        local_path(&next)
    };
    Ok(see_other(next, Some(cookie)))
}

/// `POST /t/{tenant}/members`
pub async fn set_role(
    state: web::Data<State>,
    place: InTenant,
    Form(mut fields): Form,
) -> Result<HttpResponse, AppError> {
    let user = fields.required("username", Username::parse);
    let Some(user) = user else {
        return fields.finish(None);
    };
    match members::set_role(&state, &place, &user, fields).await {
        Err(AppError::NotFound) => Err(AppError::Invalid(vec![FieldProblem {
            field: "username".to_owned(),
            detail: "is nobody's name here".to_owned(),
        }])),
        Err(error) => Err(error),
        Ok(_) => Ok(see_other(&format!("/t/{}/settings", place.tenant), None)),
    }
}

/// `POST /t/{tenant}/members/{username}/remove`
pub async fn remove(
    state: web::Data<State>,
    place: InTenant,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    members::take_out(&state, &place, &path.1).await?;
    let left = path.1 == place.user.as_str();
    let next = if left {
        "/".to_owned()
    } else {
        format!("/t/{}/settings", place.tenant)
    };
    let cookie = if left {
        let session = state
            .sessions
            .begin(&place.user, &state.policy.current())
            .await?;
        Some(cookie::session(
            &session.token,
            state.config.secure_cookies(),
        ))
    } else {
        None
    };
    Ok(see_other(&next, cookie))
}
