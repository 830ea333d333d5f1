//! Share links as the pages show them: the panel beside a picture or an album.

use actix_web::{HttpRequest, HttpResponse, web};
use imagehub_policy::Role;
use time::OffsetDateTime;

use crate::domain::{Audience, ShareTarget};
use crate::error::AppError;
use crate::format;
use crate::http::local::local_path;
use crate::middleware::TenantContext;
use crate::state::State;
use crate::web::fields::{Fields, Form};
use crate::web::layout::Frame;
use crate::web::layout::frame::see_other;
use crate::web::layout::notice::Outcome;
use crate::web::shares;

/// Days a link may be good for, as the form offers them.
const DAYS: [u16; 5] = [1, 7, 30, 90, 365];

/// The links to one thing, and what is needed to make another.
pub struct Sharing {
    /// Its links that work.
    pub links: Vec<Link>,
    /// Whether the visitor may make and revoke them.
    pub may_share: bool,
    /// `image` or `album`.
    pub field: &'static str,
    /// Its id.
    pub target: String,
    /// Where the forms lead back to.
    pub next: String,
    /// Days to choose from.
    pub days: [u16; 5],
}

/// A link that works.
pub struct Link {
    /// What makes it.
    pub secret: String,
    /// What to send somebody.
    pub url: String,
    /// Whom it works for.
    pub audience: &'static str,
    /// Until which day, if it ends.
    pub until: Option<String>,
}

impl Sharing {
    /// The links to that image or album.
    pub async fn of(
        state: &State,
        place: &TenantContext,
        request: &HttpRequest,
        target: ShareTarget,
        next: &str,
    ) -> Result<Self, AppError> {
        let may_share = place.role >= Role::Member;
        let links = if may_share {
            let now = OffsetDateTime::now_utc();
            state
                .catalogue
                .shares(&place.tenant, Some(&target), now)
                .await?
        } else {
            Vec::new()
        };
        let site = Frame::site(state, request);
        let (field, id) = match &target {
            ShareTarget::Image(id) => ("image", id.to_string()),
            ShareTarget::Album(id) => ("album", id.to_string()),
        };
        Ok(Self {
            links: links
                .iter()
                .map(|share| Link {
                    secret: share.secret.as_str().to_owned(),
                    url: format!("{site}/s/{}/{}", place.tenant, share.secret.as_str()),
                    audience: match share.audience {
                        Audience::Tenant => "members",
                        Audience::Anyone { .. } => "anyone with the link",
                    },
                    until: match share.audience {
                        Audience::Tenant => None,
                        Audience::Anyone { until } => Some(format::day(until)),
                    },
                })
                .collect(),
            may_share,
            field,
            target: id,
            next: next.to_owned(),
            days: DAYS,
        })
    }
}

/// `POST /t/{tenant}/shares`
pub async fn create(
    state: web::Data<State>,
    place: TenantContext,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let next = back(&place, &fields);
    shares::make(&state, &place, fields).await?;
    Ok(see_other(&format!("{next}#sharing"), None))
}

/// `POST /t/{tenant}/shares/{secret}/revoke`
pub async fn revoke(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    shares::revoke(&state, &place, &path.1).await?;
    let next = back(&place, &fields);
    Ok(Outcome::did("revoke").on(see_other(&next, None)))
}

/// The page the form was on, which never has a query of its own.
fn back(place: &TenantContext, fields: &Fields) -> String {
    let next = fields.text("next");
    match local_path(&next) {
        path if path == "/" || path.contains(['?', '#']) => format!("/t/{}", place.tenant),
        path => path.to_owned(),
    }
}
