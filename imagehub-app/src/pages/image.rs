//! One picture's page.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use imagehub_policy::{Role, TenantId};
use time::macros::format_description;

use super::Frame;
use super::frame::{page, see_other};
use super::tile::Shown;
use crate::auth::InTenant;
use crate::catalogue::{ImageEdit, ImageId, ImageRecord, MediaType, Tags, Title};
use crate::error::AppError;
use crate::http::fields::Form;
use crate::http::head::wants_html;
use crate::imaging::{ThumbnailSize, fitted};
use crate::routes::images::{find, forget, rfc3339, show as show_json};
use crate::state::State;

#[derive(Template)]
#[template(path = "image.html")]
struct Picture<'a> {
    frame: Frame,
    tenant: &'a str,
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
    pull: String,
    page_url: String,
    may_change: bool,
    may_upgrade: bool,
    upgrade: Option<String>,
}

/// `GET /t/{tenant}/images/{id}`: a page for people, the record for programs.
pub async fn show(
    state: web::Data<State>,
    place: InTenant,
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
    let template = Picture {
        frame: Frame::new(&state, &request, Some(&place.user), "image"),
        tenant: place.tenant.as_str(),
        title: image.title.as_str(),
        tags_line: image.tags.texts().join(", "),
        large_width,
        large_height,
        size: bytes_in_words(image.bytes),
        kind: kind(image.media_type),
        digest: image.digest.to_string(),
        uploaded_at: rfc3339(image.uploaded_at),
        day: day(&image),
        pull: format!("{page_url}/pull"),
        page_url,
        may_change: place.role >= Role::Member,
        may_upgrade: place.role == Role::Owner,
        upgrade: State::next_plan(&state.policy.current(), place.plan.as_str()),
        shown,
        record: &image,
    };
    page(StatusCode::OK, &template)
}

/// `POST /t/{tenant}/images/{id}/edit`
pub async fn edit(
    state: web::Data<State>,
    place: InTenant,
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
    place: InTenant,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    forget(&state, &place.tenant, &path.1).await?;
    Ok(see_other(&format!("/t/{}", place.tenant), None))
}

fn kind(media_type: MediaType) -> &'static str {
    match media_type {
        MediaType::Jpeg => "JPEG",
        MediaType::Png => "PNG",
        MediaType::Gif => "GIF",
        MediaType::WebP => "WebP",
    }
}

fn day(image: &ImageRecord) -> String {
    let format = format_description!("[day padding:none] [month repr:long] [year]");
    image.uploaded_at.format(format).unwrap_or_default()
}

fn bytes_in_words(bytes: u64) -> String {
    let tenths = |unit: u64| (bytes.saturating_mul(10) + unit / 2) / unit;
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{} kB", (bytes + 500) / 1000),
        _ => format!("{}.{} MB", tenths(1_000_000) / 10, tenths(1_000_000) % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_say_them() {
        assert_eq!(bytes_in_words(999), "999 bytes");
        assert_eq!(bytes_in_words(4_200), "4 kB");
        assert_eq!(bytes_in_words(3_260_000), "3.3 MB");
    }
}
