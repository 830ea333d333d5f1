//! Albums.

pub mod pages;

use actix_web::{HttpRequest, HttpResponse, web};
use imagehub_policy::TenantId;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::domain::{Album, AlbumEdit, AlbumId, AlbumTitle, ImageId, NewAlbum};
use crate::error::AppError;
use crate::http::head::wants_html;
use crate::middleware::TenantContext;
use crate::state::State;
use crate::web::fields::{Fields, Form, Json, Sent};
use crate::web::images::rfc3339;

/// `GET /t/{tenant}/albums`
pub async fn list(
    state: web::Data<State>,
    place: TenantContext,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    if wants_html(&request) {
        return pages::list(state, place, request).await;
    }
    let albums = state.catalogue.albums(&place.tenant).await?;
    let albums: Vec<Value> = albums
        .iter()
        .map(|album| object(&place.tenant, album))
        .collect();
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "private, no-cache"))
        .insert_header(("vary", "accept"))
        .json(json!({ "albums": albums })))
}

/// `POST /t/{tenant}/albums`
pub async fn create(
    state: web::Data<State>,
    place: TenantContext,
    sent: Sent,
) -> Result<HttpResponse, AppError> {
    match sent {
        Sent::Json(fields) => {
            let album = make(&state, &place, fields).await?;
            Ok(HttpResponse::Created().json(object(&place.tenant, &album)))
        }
        Sent::Form(fields) => pages::create(state, place, Form(fields)).await,
    }
}

/// `GET /t/{tenant}/albums/{id}`
pub async fn show(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    if wants_html(&request) {
        return pages::show(state, place, path, request).await;
    }
    let album = find(&state, &place.tenant, &path.1).await?;
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "private, no-cache"))
        .insert_header(("vary", "accept"))
        .json(object(&place.tenant, &album)))
}

/// `PATCH /t/{tenant}/albums/{id}`
pub async fn edit(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
    Json(fields): Json,
) -> Result<HttpResponse, AppError> {
    let album = change(&state, &place, &path.1, fields).await?;
    Ok(HttpResponse::Ok().json(object(&place.tenant, &album)))
}

/// `DELETE /t/{tenant}/albums/{id}`
pub async fn delete(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    let id = AlbumId::parse(&path.1).map_err(|_| AppError::NotFound)?;
    let now = OffsetDateTime::now_utc();
    state
        .catalogue
        .delete_album(&place.tenant, &id, now)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes an album; one and the same for a form that is sent twice, which brings the album's id.
pub async fn make(
    state: &State,
    place: &TenantContext,
    mut fields: Fields,
) -> Result<Album, AppError> {
    let title = fields.required("title", AlbumTitle::parse);
    let id = fields.optional("id", AlbumId::parse);
    let new = NewAlbum {
        title: fields.finish(title)?,
        id: id.unwrap_or_else(AlbumId::random),
        created_by: place.user.clone(),
        created_at: OffsetDateTime::now_utc(),
    };
    Ok(state.catalogue.create_album(&place.tenant, &new).await?)
}

/// Changes an album's title or cover; an empty cover, or `null`, lets the newest image be it.
pub async fn change(
    state: &State,
    place: &TenantContext,
    id: &str,
    mut fields: Fields,
) -> Result<Album, AppError> {
    let id = AlbumId::parse(id).map_err(|_| AppError::NotFound)?;
    let edit = AlbumEdit {
        title: fields.optional("title", AlbumTitle::parse),
        cover: if fields.is_null("cover") {
            Some(None)
        } else {
            fields.optional("cover", |text| match text {
                "" => Ok(None),
                id => ImageId::parse(id).map(Some),
            })
        },
    };
    let edit = fields.finish(Some(edit))?;
    Ok(state
        .catalogue
        .edit_album(&place.tenant, &id, &edit)
        .await?)
}

/// The album of that id.
pub async fn find(state: &State, tenant: &TenantId, id: &str) -> Result<Album, AppError> {
    let id = AlbumId::parse(id).map_err(|_| AppError::NotFound)?;
    let found = state.catalogue.find_album(tenant, &id).await?;
    found.ok_or(AppError::NotFound)
}

/// An album as the API shows it.
pub fn object(tenant: &TenantId, album: &Album) -> Value {
    json!({
        "id": album.id.as_str(),
        "title": album.title.as_str(),
        "cover": album.cover.as_ref().map(ImageId::as_str),
        "images": album.images,
        "created_by": album.created_by,
        "created_at": rfc3339(album.created_at),
        "pictures": format!("/t/{tenant}/images?album={}", album.id),
        "download": format!("/t/{tenant}/download?album={}", album.id),
    })
}
