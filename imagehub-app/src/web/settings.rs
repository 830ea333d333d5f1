//! A tenant's plan, storage and people.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use imagehub_policy::{Role, TenantId, Username};
use time::OffsetDateTime;

use crate::domain::{RoleChange, Usage};
use crate::error::AppError;
use crate::format;
use crate::http::cookie;
use crate::http::local::local_path;
use crate::middleware::TenantContext;
use crate::state::State;
use crate::web::fields::Form;
use crate::web::layout::Frame;
use crate::web::layout::frame::{page, see_other};
use crate::web::layout::notice::{Notice, Outcome};
use crate::web::{invite_links, members, tenants};

#[derive(Template)]
#[template(path = "settings.html")]
struct Settings<'a> {
    frame: Frame,
    tenant: &'a str,
    plan: &'a str,
    user: &'a str,
    owner: bool,
    members: Vec<Person>,
    roles: [&'static str; 3],
    notice: Option<Notice>,
    usage: Bar,
    keep_metadata: bool,
    links: Vec<Invite>,
    days: [u16; 3],
}

/// What the pictures take of the plan's storage.
struct Bar {
    pictures: String,
    used: String,
    deleted: Option<String>,
    quota: Option<String>,
    counted: u64,
    most: u64,
    low: bool,
}

impl Bar {
    fn new(usage: Usage, quota: Option<u64>) -> Self {
        let counted = usage.counted_bytes();
        let deleted = (usage.deleted_images > 0).then(|| {
            format!(
                "{} in the trash, {}",
                format::pictures(usage.deleted_images),
                format::bytes(usage.deleted_bytes)
            )
        });
        Self {
            pictures: format::pictures(usage.images),
            used: format::bytes(counted),
            deleted,
            quota: quota.map(format::bytes),
            counted,
            most: quota.unwrap_or_default(),
            low: quota.is_some_and(|quota| counted > quota / 10 * 9),
        }
    }
}

/// An invite link that works.
struct Invite {
    secret: String,
    url: String,
    role: &'static str,
    until: String,
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
    place: TenantContext,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let members = state.catalogue.members(&place.tenant).await?;
    let invitations = state.catalogue.invitations_to(&place.tenant).await?;
    let usage = state.catalogue.usage(&place.tenant).await?;
    let record = state.catalogue.find_tenant(&place.tenant).await?;
    let now = OffsetDateTime::now_utc();
    let links = match place.role {
        Role::Owner => state.catalogue.invite_links(&place.tenant, now).await?,
        _ => Vec::new(),
    };
    let site = Frame::site(&state, &request);
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
        user: place.user.as_str(),
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
        notice: Notice::take(&request),
        usage: Bar::new(usage, policy.storage_bytes(&place.plan)),
        keep_metadata: record.is_some_and(|tenant| tenant.keep_metadata),
        links: links
            .iter()
            .map(|link| Invite {
                secret: link.secret.as_str().to_owned(),
                url: format!("{site}/join/{}/{}", place.tenant, link.secret.as_str()),
                role: link.role.as_str(),
                until: format::day(link.until),
            })
            .collect(),
        days: [1, 7, 30],
    };
    page(StatusCode::OK, &template)
}

/// `POST /t/{tenant}/plan`
pub async fn set_plan(
    state: web::Data<State>,
    place: TenantContext,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let next = fields.text("next");
    let session = tenants::switch(&state, &place, fields).await?;
    let cookie = cookie::session(&session.token, state.config.secure_cookies());
    let next = see_other(&upgraded(&place.tenant, &next), Some(cookie));
    Ok(Outcome::did("plan").on(next))
}

/// The page to go on with. What was refused may have been a download: its answer would leave the
/// page before it standing, which still says the old plan, so the page it was asked for on is next.
fn upgraded(tenant: &TenantId, next: &str) -> String {
    let home = format!("/t/{tenant}");
    let next = local_path(next);
    let path = next.split('?').next().unwrap_or_default();
    if let Some(picture) = path.strip_suffix("/pull") {
        return picture.to_owned();
    }
    if next == "/" || path.ends_with("/download") {
        return home;
    }
    next.to_owned()
}

/// `POST /t/{tenant}/members`
pub async fn set_role(
    state: web::Data<State>,
    place: TenantContext,
    Form(mut fields): Form,
) -> Result<HttpResponse, AppError> {
    let Some(user) = fields.required("username", Username::parse) else {
        return Ok(said(&place, "nobody"));
    };
    match members::set_role(&state, &place, &user, fields).await {
        Err(AppError::NotFound) => Ok(said(&place, "nobody")),
        Err(AppError::LastOwner) => Ok(said(&place, "last_owner")),
        Err(error) => Err(error),
        Ok((_, RoleChange::Invited)) => Ok(said(&place, "invited")),
        Ok(_) => Ok(said(&place, "save")),
    }
}

/// `POST /t/{tenant}/members/{username}/remove`
pub async fn remove(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    match members::take_out(&state, &place, &path.1).await {
        Err(AppError::LastOwner) => return Ok(said(&place, "last_owner")),
        other => other?,
    }
    let left = path.1 == place.user.as_str();
    let next = if left {
        "/".to_owned()
    } else {
        format!("/t/{}/settings", place.tenant)
    };
    let cookie = if left {
        let session = state
            .sessions
            .renew(&place.claims, &state.policy.current())
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

/// `POST /t/{tenant}/settings`
pub async fn set_metadata(
    state: web::Data<State>,
    place: TenantContext,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let keep = fields.text("keep_metadata") == "true";
    state
        .catalogue
        .set_keep_metadata(&place.tenant, keep)
        .await?;
    Ok(saved(&place))
}

/// `POST /t/{tenant}/invite-links`
pub async fn make_link(
    state: web::Data<State>,
    place: TenantContext,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    invite_links::make(&state, &place, fields).await?;
    let to = format!("/t/{}/settings#invite-links", place.tenant);
    Ok(see_other(&to, None))
}

/// `POST /t/{tenant}/invite-links/{secret}/revoke`
pub async fn withdraw_link(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    invite_links::revoke(&state, &place, &path.1).await?;
    Ok(saved(&place))
}

/// `POST /t/{tenant}/delete`
pub async fn delete(
    state: web::Data<State>,
    place: TenantContext,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    tenants::remove(&state, &place, fields).await?;
    let policy = state.policy.current();
    let session = state.sessions.renew(&place.claims, &policy).await?;
    let cookie = cookie::session(&session.token, state.config.secure_cookies());
    Ok(see_other("/", Some(cookie)))
}

fn saved(place: &TenantContext) -> HttpResponse {
    said(place, "save")
}

/// Back to the settings, which say what came of it.
fn said(place: &TenantContext, what: &str) -> HttpResponse {
    let to = format!("/t/{}/settings", place.tenant);
    Outcome::did(what).on(see_other(&to, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_an_upgrade_one_is_on_a_page_and_never_in_a_download() {
        let upgraded = |next| upgraded(&TenantId::parse("ada").unwrap(), next);
        for (next, to) in [
            ("/t/ada/images/0a1b/pull", "/t/ada/images/0a1b"),
            ("/t/ada/images/0a1b/pull?x=y", "/t/ada/images/0a1b"),
            ("/t/ada/download?ids=0a1b", "/t/ada"),
            ("/t/ada?tag=sea", "/t/ada?tag=sea"),
            ("/t/ada/settings", "/t/ada/settings"),
            ("/", "/t/ada"),
            ("", "/t/ada"),
            ("//evil.example/pull", "/t/ada"),
        ] {
            assert_eq!(upgraded(next), to, "{next}");
        }
    }
}
