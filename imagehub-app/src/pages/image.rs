//! One picture's page.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use imagehub_policy::{Role, TenantId};
use time::macros::format_description;

use super::Frame;
use super::frame::{page, see_other};
use crate::auth::InTenant;
use crate::catalogue::{ImageEdit, ImageId, ImageRecord, MediaType, Tags, Title};
use crate::error::AppError;
use crate::http::fields::Form;
use crate::http::head::wants_html;
use crate::http::local::encode;
use crate::imaging::{ThumbnailSize, fitted};
use crate::routes::images::{find, forget, rfc3339, show as show_json};
use crate::state::State;

/// A picture as the pages show it.
pub struct Shown {
    /// Its id.
    pub id: String,
    /// Its title, or something to say instead.
    pub label: String,
    /// Its tags.
    pub tags: Vec<TagLink>,
    /// Width by height in tenths, as the style sheet knows it.
    pub ratio: u32,
    /// Its medium thumbnail's width, so that nothing moves when it arrives.
    pub thumb_width: u32,
    /// Its medium thumbnail's height.
    pub thumb_height: u32,
    /// Its thumbnails, for the browser to choose from.
    pub srcset: String,
    /// How wide its tile is.
    pub tile_sizes: String,
    url: String,
}

/// A tag with the way to all pictures that have it.
pub struct TagLink {
    /// The tag.
    pub name: String,
    /// The gallery with only these pictures.
    pub href: String,
}

impl Shown {
    /// The picture as the pages show it.
    pub fn new(tenant: &TenantId, image: &ImageRecord) -> Self {
        let (thumb_width, thumb_height) = fitted(image.width, image.height, ThumbnailSize::S320);
        let tenths = (u64::from(image.width) * 10 + u64::from(image.height) / 2)
            / u64::from(image.height.max(1));
        let ratio = u32::try_from(tenths.clamp(4, 30)).unwrap_or(10);
        let url = format!("/t/{tenant}/images/{}", image.id);
        Self {
            id: image.id.to_string(),
            label: label(image),
            tags: image
                .tags
                .texts()
                .into_iter()
                .map(|tag| TagLink {
                    name: tag.to_owned(),
                    href: format!("/t/{tenant}?tag={}", encode(tag)),
                })
                .collect(),
            ratio,
            srcset: srcset(&url, image),
            tile_sizes: tile_sizes(ratio),
            thumb_width,
            thumb_height,
            url,
        }
    }

    /// The URL of a thumbnail.
    pub fn thumb(&self, size: u32) -> String {
        format!("{}/thumb/{size}", self.url)
    }
}

fn label(image: &ImageRecord) -> String {
    match image.title.as_str() {
        "" => "Untitled picture".to_owned(),
        title => title.to_owned(),
    }
}

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

/// Each size with its real width; sizes that would only repeat a small image are left out.
fn srcset(url: &str, image: &ImageRecord) -> String {
    let mut widths = Vec::new();
    let mut parts = Vec::new();
    for size in [
        ThumbnailSize::S320,
        ThumbnailSize::S640,
        ThumbnailSize::S1280,
    ] {
        let (width, _) = fitted(image.width, image.height, size);
        if !widths.contains(&width) {
            widths.push(width);
            parts.push(format!("{url}/thumb/{} {width}w", size.pixels()));
        }
    }
    parts.join(", ")
}

/// About how wide a tile gets: its share of a row of the gallery, and half as much again for a
/// row that has room to spare.
fn tile_sizes(tenths: u32) -> String {
    format!(
        "(max-width: 40rem) {}rem, {}rem",
        tenths * 85 * 15 / 1_000 + 1,
        tenths * 135 * 15 / 1_000 + 1
    )
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
    fn a_tile_is_about_its_ratio_times_the_rows_height_wide() {
        assert_eq!(tile_sizes(15), "(max-width: 40rem) 20rem, 31rem");
    }

    #[test]
    fn sizes_read_as_people_say_them() {
        assert_eq!(bytes_in_words(999), "999 bytes");
        assert_eq!(bytes_in_words(4_200), "4 kB");
        assert_eq!(bytes_in_words(3_260_000), "3.3 MB");
    }
}
