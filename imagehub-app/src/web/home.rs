//! The first page: what this is, or the galleries of who is signed in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use futures_util::future::{try_join, try_join_all};
use imagehub_policy::TenantId;

use crate::catalogue::ImageQuery;
use crate::domain::Membership;
use crate::error::AppError;
use crate::format;
use crate::format::with_article;
use crate::http::cookie;
use crate::middleware::{Caller, Visitor};
use crate::state::State;
use crate::web::fields::Form;
use crate::web::gallery::tile::Shown;
use crate::web::layout::Frame;
use crate::web::layout::assets;
use crate::web::layout::compressed::compressed;
use crate::web::layout::frame::{page, see_other};
use crate::web::layout::notice::{Notice, Outcome};
use crate::web::members::{join, refuse};
use crate::web::tenants::create_owned;

/// Pictures that a gallery is known by.
const ON_A_COVER: u32 = 4;

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome<'a> {
    frame: Frame,
    workshop: Option<&'a str>,
    /// A gallery as it looks in either theme.
    light: String,
    dark: String,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    frame: Frame,
    workshop: Option<&'a str>,
    invitations: Vec<Invited>,
    tenants: Vec<Gallery>,
    notice: Option<Notice>,
    /// Of the notice, which is about no one gallery.
    tenant: &'static str,
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
    pictures: String,
    /// The day of the last upload.
    last: Option<String>,
    newest: Vec<Shown>,
}

impl Gallery {
    /// Two small look-ups, whatever is in it.
    async fn of(
        state: &State,
        tenant: &TenantId,
        membership: &Membership,
    ) -> Result<Self, AppError> {
        let query = ImageQuery {
            limit: ON_A_COVER,
            ..ImageQuery::first_page()
        };
        let newest = state.catalogue.list_images(tenant, &query);
        let (newest, usage) = try_join(newest, state.catalogue.usage(tenant)).await?;
        let newest = newest.images;
        Ok(Self {
            name: tenant.to_string(),
            plan: membership.plan.to_string(),
            role: membership.role.as_str(),
            pictures: format::pictures(usage.images),
            last: newest.first().map(|image| format::day(image.uploaded_at)),
            newest: newest
                .iter()
                .map(|image| Shown::new(tenant, image))
                .collect(),
        })
    }
}

/// `GET /`
pub async fn show(
    state: web::Data<State>,
    visitor: Visitor,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let workshop = state.config.workshop_url();
    let Some(user) = visitor.0 else {
        let frame = Frame::public(&state, None, "welcome");
        return page(
            StatusCode::OK,
            &Welcome {
                frame,
                workshop,
                light: assets::url("gallery-light.webp"),
                dark: assets::url("gallery-dark.webp"),
            },
        );
    };
    let invitations = state.catalogue.invitations_of(&user).await?;
    let grants = state.catalogue.tenants_of(&user).await?;
    let policy = state.policy.current();
    let galleries = grants
        .iter()
        .map(|(tenant, membership)| Gallery::of(&state, tenant, membership));
    let template = Home {
        frame: Frame::public(&state, Some(&user), "home"),
        workshop,
        invitations: invitations
            .iter()
            .map(|invitation| Invited {
                tenant: invitation.tenant.to_string(),
                role: with_article(invitation.role),
            })
            .collect(),
        tenants: try_join_all(galleries).await?,
        notice: Notice::take(&request),
        tenant: "",
        plans: policy
            .plans()
            .iter()
            .map(|plan| plan.name.to_string())
            .collect(),
    };
    Ok(compressed(&request, page(StatusCode::OK, &template)?))
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
    let next = see_other(&format!("/t/{path}"), Some(cookie));
    Ok(Outcome::did("join").on(next))
}
