//! What a share link shows to who has it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use imagehub_policy::{TenantId, Username};
use time::OffsetDateTime;

use crate::blobs::ThumbnailSize;
use crate::domain::{Album, ImageRecord, LinkSecret};
use crate::error::AppError;
use crate::format;
use crate::imaging::fitted;
use crate::state::State;
use crate::web::gallery::tile::{Shown, label};
use crate::web::layout::Frame;
use crate::web::layout::compressed::compressed;
use crate::web::layout::frame::page;

/// What a link shows.
pub struct Shared<'a> {
    /// Whose pictures they are.
    pub tenant: &'a TenantId,
    /// What makes the link.
    pub secret: &'a LinkSecret,
    /// The album; none for a single picture.
    pub album: Option<&'a Album>,
    /// The pictures, one page of them.
    pub images: &'a [ImageRecord],
    /// The cursor of the next page.
    pub next: Option<String>,
    /// When the link ends.
    pub until: Option<OffsetDateTime>,
}

#[derive(Template)]
#[template(path = "shared.html")]
struct SharedPage<'a> {
    frame: Frame,
    tenant: &'a str,
    title: String,
    album: bool,
    images: Vec<Shown>,
    large_width: u32,
    large_height: u32,
    until: Option<String>,
    next: Option<String>,
    /// Where all of the album is one file.
    download: Option<String>,
    /// The picture that a chat shows beside the link.
    preview: Option<String>,
}

/// `GET /s/{tenant}/{secret}` for people.
pub fn show(
    state: &State,
    request: &HttpRequest,
    visitor: Option<&Username>,
    shared: &Shared<'_>,
) -> Result<HttpResponse, AppError> {
    let first = shared.images.first();
    let (large_width, large_height) = first.map_or((0, 0), |image| {
        fitted(image.width, image.height, ThumbnailSize::S1280)
    });
    let title = shared.album.map(|album| album.title.as_str().to_owned());
    let here = format!("/s/{}/{}", shared.tenant, shared.secret.as_str());
    let cover = shared.album.and_then(|album| album.cover.as_ref());
    let cover = cover.or(first.map(|image| &image.id));
    // A chat asks as a stranger: what is for members it cannot see, and does not tell of.
    let cover = cover.filter(|_| shared.until.is_some());
    let site = Frame::site(state, request);
    let all = shared.album.filter(|album| album.images > 0);
    let template = SharedPage {
        download: all.map(|_| format!("{here}?download=all")),
        preview: cover.map(|id| format!("{site}{here}?image={id}&size=1280")),
        frame: Frame::public(state, visitor, "shared"),
        tenant: shared.tenant.as_str(),
        title: title.or(first.map(label)).unwrap_or_default(),
        album: shared.album.is_some(),
        images: shared
            .images
            .iter()
            .map(|image| Shown::shared(shared.tenant, shared.secret, image))
            .collect(),
        large_width,
        large_height,
        until: shared.until.map(format::day),
        next: shared
            .next
            .as_ref()
            .map(|cursor| format!("{here}?cursor={cursor}")),
    };
    // Its one secret is its own address, and it repeats no other words that came with it.
    Ok(compressed(request, page(StatusCode::OK, &template)?))
}
