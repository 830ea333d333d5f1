//! Images as records: listing, looking, changing, deleting.

mod allowance;
mod facts;
pub mod page;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use imagehub_policy::TenantId;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::blobs::ThumbnailSize;
use crate::catalogue::{Cursor, ImageQuery, Order};
use crate::domain::{AlbumId, ImageEdit, ImageId, ImageRecord, Tag, Tags, Title};
use crate::error::{AppError, FieldProblem};
use crate::http::head::wants_html;
use crate::middleware::TenantContext;
use crate::state::State;
use crate::web::fields::Json;
use crate::web::layout::frame::see_other;

/// The query of a listing.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Listing {
    /// Images a page.
    pub limit: Option<String>,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// Only with this tag.
    pub tag: Option<String>,
    /// Only with this text.
    pub q: Option<String>,
    /// Only in this album.
    pub album: Option<String>,
    /// `newest` (first), `oldest`, or the last one `taken`.
    pub order: Option<String>,
    /// `true` for those that were deleted and can be restored.
    pub deleted: Option<String>,
}

impl Listing {
    /// The query to the catalogue; empty parameters count as absent.
    pub fn query(&self, tenant: &TenantId) -> Result<ImageQuery, AppError> {
        let tag = given(self.tag.as_deref());
        let text = given(self.q.as_deref());
        let limit = match given(self.limit.as_deref()) {
            None => 50,
            Some(limit) if limit.bytes().all(|byte| byte.is_ascii_digit()) => {
                limit.parse().unwrap_or(200).min(200)
            }
            Some(_) => 0,
        };
        if limit == 0 {
            return Err(invalid("limit", "must be a whole number from 1"));
        }
        let tag = tag
            .map(Tag::parse)
            .transpose()
            .map_err(|error| invalid("tag", &error.to_string()))?;
        let album = given(self.album.as_deref())
            .map(AlbumId::parse)
            .transpose()
            .map_err(|error| invalid("album", &error.to_string()))?;
        let order = match given(self.order.as_deref()) {
            None | Some("newest") => Order::Newest,
            Some("oldest") => Order::Oldest,
            Some("taken") => Order::Taken,
            Some(_) => return Err(invalid("order", "must be newest, oldest or taken")),
        };
        let deleted = match given(self.deleted.as_deref()) {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(invalid("deleted", "must be true or false")),
        };
        let mut query = ImageQuery {
            limit,
            tag,
            text: text.map(str::to_owned),
            album,
            order,
            deleted,
            ..ImageQuery::first_page()
        };
        query.after = given(self.cursor.as_deref())
            .map(|cursor| Cursor::decode(cursor, tenant, &query))
            .transpose()
            .map_err(|error| AppError::Malformed(format!("cursor: {error}")))?;
        Ok(query)
    }
}

impl Listing {
    /// The URL of a page of this listing: the same filters, from the cursor on.
    pub fn page(&self, path: &str, cursor: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("limit", &self.limit),
            ("tag", &self.tag),
            ("q", &self.q),
            ("album", &self.album),
            ("order", &self.order),
            ("deleted", &self.deleted),
        ] {
            if let Some(value) = given(value.as_deref()) {
                query.append_pair(name, value);
            }
        }
        if let Some(cursor) = cursor {
            query.append_pair("cursor", cursor);
        }
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// The URL of this very page.
    pub fn here(&self, path: &str) -> String {
        self.page(path, given(self.cursor.as_deref()))
    }

    /// Whether this is where the listing begins.
    pub fn is_first(&self) -> bool {
        given(self.cursor.as_deref()).is_none()
    }
}

/// A parameter that says something. Telephones put a space behind what is typed.
fn given(parameter: Option<&str>) -> Option<&str> {
    let text = parameter.map(str::trim);
    text.filter(|text| !text.is_empty())
}

fn invalid(field: &str, detail: &str) -> AppError {
    AppError::Invalid(vec![FieldProblem {
        field: field.to_owned(),
        detail: detail.to_owned(),
    }])
}

/// `GET /t/{tenant}/images`
pub async fn list(
    state: web::Data<State>,
    place: TenantContext,
    listing: web::Query<Listing>,
) -> Result<HttpResponse, AppError> {
    let query = listing.query(&place.tenant)?;
    let page = state.catalogue.list_images(&place.tenant, &query).await?;
    let images: Vec<Value> = page
        .images
        .iter()
        .map(|image| object(&place.tenant, image))
        .collect();
    let next = page.next.map(|cursor| cursor.encode(&place.tenant, &query));
    let mut response = HttpResponse::Ok();
    if let Some(cursor) = &next {
        let path = format!("/t/{}/images", place.tenant);
        let link = format!("<{}>; rel=\"next\"", listing.page(&path, Some(cursor)));
        response.insert_header((header::LINK, link));
    }
    Ok(response
        .insert_header(("cache-control", "private, no-cache"))
        .json(json!({ "images": images, "next": next })))
}

/// `GET /t/{tenant}/images/{id}`, for programs.
pub async fn show(
    state: &State,
    place: &TenantContext,
    id: &str,
) -> Result<HttpResponse, AppError> {
    let image = find(state, &place.tenant, id).await?;
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "private, no-cache"))
        .insert_header(("vary", "accept"))
        .json(object(&place.tenant, &image)))
}

/// `PATCH /t/{tenant}/images/{id}`
pub async fn edit(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
    Json(mut fields): Json,
) -> Result<HttpResponse, AppError> {
    let edit = ImageEdit {
        title: fields.optional("title", Title::parse),
        tags: fields.list("tags", |tags| Tags::parse(tags)),
        ..ImageEdit::default()
    };
    let edit = fields.finish(Some(edit))?;
    let id = ImageId::parse(&path.1).map_err(|_| AppError::NotFound)?;
    let image = state
        .catalogue
        .edit_image(&place.tenant, &id, &edit)
        .await?;
    Ok(HttpResponse::Ok().json(object(&place.tenant, &image)))
}

/// `DELETE /t/{tenant}/images/{id}`
pub async fn delete(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    forget(&state, &place.tenant, &path.1).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /t/{tenant}/images/{id}/restore`
pub async fn restore(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let image = bring_back(&state, &place.tenant, &path.1).await?;
    if wants_html(&request) {
        let page = format!("/t/{}/images/{}", place.tenant, image.id);
        return Ok(see_other(&page, None));
    }
    Ok(HttpResponse::Ok().json(object(&place.tenant, &image)))
}

/// Deletes an image so that it can be restored for a week; its files stay until then.
pub async fn forget(state: &State, tenant: &TenantId, id: &str) -> Result<(), AppError> {
    let id = ImageId::parse(id).map_err(|_| AppError::NotFound)?;
    let now = OffsetDateTime::now_utc();
    state.catalogue.delete_image(tenant, &id, now).await?;
    Ok(())
}

/// Takes a deletion back.
pub async fn bring_back(
    state: &State,
    tenant: &TenantId,
    id: &str,
) -> Result<ImageRecord, AppError> {
    let id = ImageId::parse(id).map_err(|_| AppError::NotFound)?;
    Ok(state.catalogue.restore_image(tenant, &id).await?)
}

/// Forgets a deleted image for good. The record first, then the files: a record never names files
/// that are gone.
pub async fn purge(state: &State, tenant: &TenantId, id: &ImageId) -> Result<(), AppError> {
    state.catalogue.purge_image(tenant, id).await?;
    if let Err(error) = state.blobs().await?.delete(tenant, id).await {
        tracing::warn!(%tenant, %id, %error, "files of a purged image stay behind");
    }
    Ok(())
}

/// The image of that id.
pub async fn find(state: &State, tenant: &TenantId, id: &str) -> Result<ImageRecord, AppError> {
    let id = ImageId::parse(id).map_err(|_| AppError::NotFound)?;
    let found = state.catalogue.find_image(tenant, &id).await?;
    found.ok_or(AppError::NotFound)
}

/// An image as the API shows it.
pub fn object(tenant: &TenantId, image: &ImageRecord) -> Value {
    let url = format!("/t/{tenant}/images/{}", image.id);
    let thumbnails: serde_json::Map<String, Value> = ThumbnailSize::ALL
        .iter()
        .map(|size| {
            let size = size.pixels().to_string();
            let url = format!("{url}/thumb/{size}").into();
            (size, url)
        })
        .collect();
    json!({
        "id": image.id.as_str(),
        "digest": image.digest.to_string(),
        "media_type": image.media_type.as_str(),
        "animated": image.animated,
        "bytes": image.bytes,
        "width": image.width,
        "height": image.height,
        "title": image.title.as_str(),
        "tags": image.tags.texts(),
        "uploaded_by": image.uploaded_by,
        "uploaded_at": rfc3339(image.uploaded_at),
        "taken_at": image.taken_at,
        "camera": image.camera,
        "deleted_at": image.deleted_at.map(rfc3339),
        "placeholder": image.placeholder.encode(),
        "thumbnails": thumbnails,
        "pull": format!("{url}/pull"),
    })
}

/// A time as the API shows it: RFC 3339, UTC, to the second.
pub fn rfc3339(time: OffsetDateTime) -> String {
    let time = time
        .to_offset(time::UtcOffset::UTC)
        .replace_nanosecond(0)
        .unwrap_or(time);
    time.format(&Rfc3339).unwrap_or_default()
}
