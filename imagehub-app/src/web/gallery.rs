//! A tenant's gallery, with the way to add to it, and its trash.

pub mod grid;
pub mod tile;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use imagehub_policy::{Role, TenantId};

use crate::catalogue::Order;
use crate::error::AppError;
use crate::format;
use crate::http::local::encode;
use crate::middleware::TenantContext;
use crate::state::State;
use crate::web::gallery::grid::{Grid, Pages, Within};
use crate::web::images::Listing;
use crate::web::layout::Frame;
use crate::web::layout::compressed::compressed;
use crate::web::layout::frame::page;
use crate::web::layout::notice::{Notice, Outcome};

/// Tags offered above the pictures.
const TAGS_OFFERED: usize = 12;

#[derive(Template)]
#[template(path = "gallery.html")]
struct Gallery<'a> {
    frame: Frame,
    tenant: &'a str,
    plan: &'a str,
    role: &'static str,
    notice: Option<Notice>,
    may_upload: bool,
    may_upgrade: bool,
    upgrade: Option<String>,
    max_bytes: u64,
    max_size: String,
    searching: bool,
    q: &'a str,
    tag: &'a str,
    oldest: bool,
    tags: Vec<Chip>,
    grid: Grid,
    pages: Pages,
}

#[derive(Template)]
#[template(path = "trash.html")]
struct Trash<'a> {
    frame: Frame,
    tenant: &'a str,
    notice: Option<Notice>,
    grid: Grid,
    pages: Pages,
}

struct Chip {
    name: String,
    images: u64,
    href: String,
}

/// `GET /t/{tenant}`
pub async fn show(
    state: web::Data<State>,
    place: TenantContext,
    request: HttpRequest,
    listing: web::Query<Listing>,
) -> Result<HttpResponse, AppError> {
    let query = listing.query(&place.tenant)?;
    let found = state.catalogue.list_images(&place.tenant, &query).await?;
    let tenant = place.tenant.as_str();
    let home = format!("/t/{tenant}");
    let within = if query.deleted {
        Within::Trash
    } else {
        Within::Gallery
    };
    let grid = Grid::new(
        &state,
        &place.tenant,
        place.role,
        &found.images,
        within,
        listing.here(&home),
    )
    .await?;
    let next = found
        .next
        .map(|cursor| cursor.encode(&place.tenant, &query));
    let pages = Pages::new(&listing, &home, next.as_deref());
    if query.deleted {
        let template = Trash {
            frame: Frame::new(&state, &request, Some(&place.user), "trash"),
            tenant,
            notice: Outcome::of(&request).notice(),
            grid,
            pages,
        };
        return Ok(compressed(&request, page(StatusCode::OK, &template)?));
    }
    let (q, tag) = (
        query.text.as_deref().unwrap_or_default(),
        query.tag.as_ref().map_or("", |tag| tag.as_str()),
    );
    let template = Gallery {
        frame: Frame::new(&state, &request, Some(&place.user), "gallery"),
        tenant,
        plan: place.plan.as_str(),
        role: place.role.as_str(),
        notice: Outcome::of(&request).notice(),
        may_upload: place.role >= Role::Member,
        may_upgrade: place.role == Role::Owner,
        upgrade: State::next_plan(&state.policy.current(), place.plan.as_str()),
        max_bytes: state.imaging.limits().bytes,
        max_size: format::bound(state.imaging.limits().bytes),
        searching: !q.is_empty() || !tag.is_empty(),
        q,
        tag,
        oldest: query.order == Order::Oldest,
        tags: chips(&state, &place.tenant).await?,
        grid,
        pages,
    };
    Ok(compressed(&request, page(StatusCode::OK, &template)?))
}

/// The tags most pictures have.
async fn chips(state: &State, tenant: &TenantId) -> Result<Vec<Chip>, AppError> {
    let tags = state.catalogue.tags(tenant, "", TAGS_OFFERED).await?;
    let chip = |name: &str, images| Chip {
        name: name.to_owned(),
        images,
        href: format!("/t/{tenant}?tag={}", encode(name)),
    };
    Ok(tags
        .iter()
        .map(|count| chip(count.tag.as_str(), count.images))
        .collect())
}
