//! A tenant's gallery, with the way to add to it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use imagehub_policy::Role;

use super::Frame;
use super::frame::page;
use super::image::Shown;
use super::notice::{Notice, Outcome};
use crate::auth::InTenant;
use crate::error::AppError;
use crate::http::local::encode;
use crate::routes::images::Listing;
use crate::state::State;

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
    max_megabytes: u64,
    searching: bool,
    q: &'a str,
    tag: &'a str,
    tags: Vec<Chip>,
    images: Vec<Shown>,
    older: Option<String>,
}

struct Chip {
    name: String,
    href: String,
}

/// `GET /t/{tenant}`
pub async fn show(
    state: web::Data<State>,
    place: InTenant,
    request: HttpRequest,
    listing: web::Query<Listing>,
    outcome: web::Query<Outcome>,
) -> Result<HttpResponse, AppError> {
    let query = listing.query(&place.tenant)?;
    let found = state.catalogue.list_images(&place.tenant, &query).await?;
    let tenant = place.tenant.as_str();
    let (q, tag) = (
        listing.q.as_deref().unwrap_or_default(),
        listing.tag.as_deref().unwrap_or_default(),
    );
    let images: Vec<Shown> = found
        .images
        .iter()
        .map(|image| Shown::new(&place.tenant, image))
        .collect();
    let policy = state.policy.current();
    let template = Gallery {
        frame: Frame::new(&state, &request, Some(&place.user), "gallery"),
        tenant,
        plan: place.plan.as_str(),
        role: place.role.as_str(),
        notice: outcome.notice(),
        may_upload: place.role >= Role::Member,
        may_upgrade: place.role == Role::Owner,
        upgrade: State::next_plan(&policy, place.plan.as_str()),
        max_bytes: state.imaging.limits().bytes,
        max_megabytes: state.imaging.limits().bytes / (1024 * 1024),
        searching: !q.is_empty() || !tag.is_empty(),
        q,
        tag,
        tags: tags_of(tenant, &images, tag),
        older: found.next.map(|cursor| {
            let cursor = cursor.encode(&place.tenant, &query);
            format!(
                "/t/{tenant}?cursor={cursor}&tag={}&q={}",
                encode(tag),
                encode(q)
            )
        }),
        images,
    };
    page(StatusCode::OK, &template)
}

/// Tags of the pictures on this page, the frequent ones first.
fn tags_of(tenant: &str, images: &[Shown], chosen: &str) -> Vec<Chip> {
    let mut counted: Vec<(&str, usize)> = Vec::new();
    for tag in images.iter().flat_map(|image| &image.tags) {
        match counted.iter_mut().find(|(name, _)| *name == tag.name) {
            Some((_, count)) => *count += 1,
            None => counted.push((&tag.name, 1)),
        }
    }
    counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counted
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| *name != chosen)
        .take(8)
        .map(|name| Chip {
            name: name.to_owned(),
            href: format!("/t/{tenant}?tag={}", encode(name)),
        })
        .collect()
}
