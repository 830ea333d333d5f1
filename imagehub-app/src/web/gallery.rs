//! A tenant's gallery, with the way to add to it, and its trash.

pub mod grid;
pub mod tile;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use futures_util::future::try_join3;
use imagehub_policy::Role;

use crate::catalogue::Order;
use crate::domain::TagCount;
use crate::error::AppError;
use crate::format;
use crate::middleware::TenantContext;
use crate::state::State;
use crate::web::gallery::grid::{Grid, Pages, Within};
use crate::web::images::Listing;
use crate::web::layout::Frame;
use crate::web::layout::compressed::compressed;
use crate::web::layout::frame::page;
use crate::web::layout::notice::Notice;

/// Tags offered above the pictures.
const TAGS_OFFERED: usize = 12;

#[derive(Template)]
#[template(path = "gallery.html")]
struct Gallery<'a> {
    frame: Frame,
    tenant: &'a str,
    plan: &'a str,
    pictures: String,
    members: String,
    notice: Option<Notice>,
    may_upload: bool,
    may_upgrade: bool,
    upgrade: Option<String>,
    max_bytes: u64,
    max_size: String,
    searching: bool,
    q: &'a str,
    tag: &'a str,
    without_tag: String,
    oldest: bool,
    by_taken: bool,
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
    let mut grid = Grid::new(
        &state,
        &place.tenant,
        place.role,
        &found.images,
        within,
        listing.here(&home),
    )
    .await?;
    if query.order == Order::Taken {
        grid = grid.by_month(&found.images);
    }
    let next = found
        .next
        .map(|cursor| cursor.encode(&place.tenant, &query));
    let pages = Pages::new(&listing, &home, next.as_deref());
    if query.deleted {
        let template = Trash {
            frame: Frame::new(&state, &request, Some(&place.user), "trash"),
            tenant,
            notice: Notice::take(&request),
            grid,
            pages,
        };
        return Ok(compressed(&request, page(StatusCode::OK, &template)?));
    }
    let (q, tag) = (
        query.text.as_deref().unwrap_or_default(),
        query.tag.as_ref().map_or("", |tag| tag.as_str()),
    );
    let with = |tag: Option<&str>, q: Option<String>| Listing {
        tag: tag.map(str::to_owned),
        q,
        cursor: None,
        ..listing.0.clone()
    };
    let chip = |known: &TagCount| Chip {
        name: known.tag.as_str().to_owned(),
        images: known.images,
        href: with(Some(known.tag.as_str()), None).page(&home, None),
    };
    let (usage, members, tags) = try_join3(
        state.catalogue.usage(&place.tenant),
        state.catalogue.members(&place.tenant),
        state.catalogue.tags(&place.tenant, "", TAGS_OFFERED),
    )
    .await?;
    let template = Gallery {
        frame: Frame::new(&state, &request, Some(&place.user), "gallery"),
        tenant,
        plan: place.plan.as_str(),
        pictures: format::pictures(usage.images),
        members: match members.len() {
            1 => "1 member".to_owned(),
            count => format!("{count} members"),
        },
        notice: Notice::take(&request),
        may_upload: place.role >= Role::Member,
        may_upgrade: place.role == Role::Owner,
        upgrade: State::next_plan(&state.policy.current(), place.plan.as_str()),
        max_bytes: state.imaging.limits().bytes,
        max_size: format::bound(state.imaging.limits().bytes),
        searching: !q.is_empty() || !tag.is_empty(),
        q,
        tag,
        without_tag: with(None, listing.q.clone()).page(&home, None),
        oldest: query.order == Order::Oldest,
        by_taken: query.order == Order::Taken,
        tags: tags.iter().map(chip).collect(),
        grid,
        pages,
    };
    Ok(compressed(&request, page(StatusCode::OK, &template)?))
}
