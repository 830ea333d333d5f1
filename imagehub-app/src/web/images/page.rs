//! One picture's page.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use imagehub_policy::Role;

use crate::blobs::ThumbnailSize;
use crate::catalogue::{ImageQuery, Order};
use crate::domain::{
    AlbumName, ImageEdit, ImageId, ImageRecord, MediaType, ShareTarget, Tags, Title,
};
use crate::error::AppError;
use crate::format;
use crate::http::head::wants_html;
use crate::imaging::fitted;
use crate::middleware::TenantContext;
use crate::state::State;
use crate::web::fields::Form;
use crate::web::gallery::grid::titles;
use crate::web::gallery::tile::Shown;
use crate::web::images::allowance::Allowance;
use crate::web::images::facts::facts;
use crate::web::images::{find, forget, rfc3339, show as show_json};
use crate::web::layout::Frame;
use crate::web::layout::frame::{page, see_other};
use crate::web::layout::notice::{Notice, Outcome};
use crate::web::shares::pages::Sharing;

#[derive(Template)]
#[template(path = "image.html")]
struct Picture<'a> {
    frame: Frame,
    tenant: &'a str,
    notice: Option<Notice>,
    sharing: Sharing,
    shown: Shown,
    record: &'a ImageRecord,
    title: &'a str,
    tags_line: String,
    large_width: u32,
    large_height: u32,
    size: String,
    kind: &'static str,
    digest: String,
    uploaded_at: String,
    day: String,
    facts: Vec<(&'static str, String)>,
    pull: String,
    page_url: String,
    previous: Option<String>,
    following: Option<String>,
    in_albums: Vec<AlbumName>,
    albums: Vec<String>,
    may_change: bool,
    may_upgrade: bool,
    upgrade: Option<String>,
    pulls: Option<Allowance>,
}

/// `GET /t/{tenant}/images/{id}`: a page for people, the record for programs.
pub async fn show(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    if !wants_html(&request) {
        return show_json(&state, &place, &path.1).await;
    }
    let image = find(&state, &place.tenant, &path.1).await?;
    let shown = Shown::new(&place.tenant, &image);
    let (large_width, large_height) = fitted(image.width, image.height, ThumbnailSize::S1280);
    let page_url = format!("/t/{}/images/{}", place.tenant, image.id);
    let [previous, following] = neighbours(&state, &place, &image.id).await?;
    let may_change = place.role >= Role::Member;
    let albums = match may_change {
        true => titles(&state, &place.tenant).await?,
        false => Vec::new(),
    };
    let template = Picture {
        previous,
        following,
        in_albums: state.catalogue.albums_of(&place.tenant, &image.id).await?,
        albums,
        frame: Frame::new(&state, &request, Some(&place.user), "image"),
        tenant: place.tenant.as_str(),
        notice: Notice::take(&request),
        sharing: Sharing::of(
            &state,
            &place,
            &request,
            ShareTarget::Image(image.id.clone()),
            &page_url,
        )
        .await?,
        title: image.title.as_str(),
        tags_line: image.tags.texts().join(", "),
        large_width,
        large_height,
        size: format::bytes(image.bytes),
        kind: kind(image.media_type),
        digest: image.digest.to_string(),
        uploaded_at: rfc3339(image.uploaded_at),
        day: format::day(image.uploaded_at),
        facts: facts(&image),
        pull: format!("{page_url}/pull"),
        page_url,
        may_change,
        may_upgrade: place.role == Role::Owner,
        pulls: Allowance::of_pulls(&state.policy.current(), place.plan.as_str()),
        upgrade: State::next_plan(&state.policy.current(), place.plan.as_str()),
        shown,
        record: &image,
    };
    page(StatusCode::OK, &template)
}

/// The pages of the pictures before and after this one, in the order of the gallery.
async fn neighbours(
    state: &State,
    place: &TenantContext,
    id: &ImageId,
) -> Result<[Option<String>; 2], AppError> {
    let at = state.catalogue.place_of(&place.tenant, id).await?;
    let beyond = async |order| {
        let query = ImageQuery {
            limit: 1,
            after: at,
            order,
            ..ImageQuery::first_page()
        };
        let page = state.catalogue.list_images(&place.tenant, &query).await?;
        let page = page.images.first().filter(|_| at.is_some());
        Ok::<_, AppError>(page.map(|image| format!("/t/{}/images/{}", place.tenant, image.id)))
    };
    Ok([beyond(Order::Oldest).await?, beyond(Order::Newest).await?])
}

/// `POST /t/{tenant}/images/{id}/edit`
pub async fn edit(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
    Form(mut fields): Form,
) -> Result<HttpResponse, AppError> {
    let edit = ImageEdit {
        title: fields.optional("title", Title::parse),
        tags: fields.optional("tags", Tags::parse_list),
        ..ImageEdit::default()
    };
    let edit = fields.finish(Some(edit))?;
    let id = ImageId::parse(&path.1).map_err(|_| AppError::NotFound)?;
    state
        .catalogue
        .edit_image(&place.tenant, &id, &edit)
        .await?;
    Ok(see_other(&format!("/t/{}/images/{id}", place.tenant), None))
}

/// `POST /t/{tenant}/images/{id}/delete`
pub async fn delete(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    forget(&state, &place.tenant, &path.1).await?;
    let gone: Vec<ImageId> = ImageId::parse(&path.1).into_iter().collect();
    let next = see_other(&format!("/t/{}", place.tenant), None);
    Ok(Outcome::batch("delete", &gone, 0).on(next))
}

fn kind(media_type: MediaType) -> &'static str {
    match media_type {
        MediaType::Jpeg => "JPEG",
        MediaType::Png => "PNG",
        MediaType::Gif => "GIF",
        MediaType::WebP => "WebP",
    }
}
