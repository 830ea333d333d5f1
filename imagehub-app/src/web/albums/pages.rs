//! A tenant's albums, and one of them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use imagehub_policy::Role;
use time::OffsetDateTime;

use crate::domain::{Album, AlbumId, ShareTarget};
use crate::error::AppError;
use crate::format;
use crate::middleware::TenantContext;
use crate::state::State;
use crate::web::albums;
use crate::web::fields::Form;
use crate::web::gallery::grid::{Grid, Pages, Within};
use crate::web::images::Listing;
use crate::web::layout::Frame;
use crate::web::layout::compressed::compressed;
use crate::web::layout::frame::{page, see_other};
use crate::web::layout::notice::{Notice, Outcome};
use crate::web::shares::pages::Sharing;

#[derive(Template)]
#[template(path = "albums.html")]
struct Albums<'a> {
    frame: Frame,
    tenant: &'a str,
    notice: Option<Notice>,
    albums: Vec<Shelf>,
    may_change: bool,
    /// Of the album that the form makes: sent twice, it makes one.
    new_id: AlbumId,
}

/// An album among the others.
struct Shelf {
    id: String,
    title: String,
    pictures: String,
    cover: Option<String>,
}

#[derive(Template)]
#[template(path = "album.html")]
struct OneAlbum<'a> {
    frame: Frame,
    tenant: &'a str,
    notice: Option<Notice>,
    id: &'a str,
    title: &'a str,
    pictures: String,
    maker: &'a str,
    day: String,
    grid: Grid,
    covers: Vec<Cover>,
    sharing: Sharing,
    pages: Pages,
}

/// The cover that the form offers first: no change, whether one was chosen or the newest is it.
const AS_IT_IS: &str = "as-it-is";

/// A picture that may stand for the album.
struct Cover {
    id: String,
    label: String,
}

/// `GET /t/{tenant}/albums`
pub async fn list(
    state: web::Data<State>,
    place: TenantContext,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let found = state.catalogue.albums(&place.tenant).await?;
    let template = Albums {
        frame: Frame::new(&state, &request, Some(&place.user), "albums"),
        tenant: place.tenant.as_str(),
        notice: Notice::take(&request),
        albums: found.iter().map(|album| shelf(&place, album)).collect(),
        may_change: place.role >= Role::Member,
        new_id: AlbumId::random(),
    };
    Ok(compressed(&request, page(StatusCode::OK, &template)?))
}

fn shelf(place: &TenantContext, album: &Album) -> Shelf {
    Shelf {
        id: album.id.to_string(),
        title: album.title.as_str().to_owned(),
        pictures: format::pictures(album.images),
        cover: album
            .cover
            .as_ref()
            .map(|cover| format!("/t/{}/images/{cover}/thumb/320", place.tenant)),
    }
}

/// `GET /t/{tenant}/albums/{id}`
pub async fn show(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let album = albums::find(&state, &place.tenant, &path.1).await?;
    let listing = web::Query::<Listing>::from_query(request.query_string());
    let listing = listing.map_err(|error| AppError::Malformed(error.to_string()))?;
    let listing = Listing {
        cursor: listing.cursor.clone(),
        order: listing.order.clone(),
        limit: listing.limit.clone(),
        ..Listing::default()
    };
    let in_album = Listing {
        album: Some(album.id.to_string()),
        ..listing.clone()
    };
    let query = in_album.query(&place.tenant)?;
    let found = state.catalogue.list_images(&place.tenant, &query).await?;
    let here = format!("/t/{}/albums/{}", place.tenant, album.id);
    let next = found
        .next
        .map(|cursor| cursor.encode(&place.tenant, &query));
    let pages = Pages::new(&listing, &here, next.as_deref());
    let grid = Grid::new(
        &state,
        &place.tenant,
        place.role,
        &found.images,
        Within::Album(album.id.to_string()),
        listing.here(&here),
    )
    .await?;
    let covers = grid.images.iter().map(|image| Cover {
        id: image.id.clone(),
        label: image.label.clone(),
    });
    let template = OneAlbum {
        frame: Frame::new(&state, &request, Some(&place.user), "album"),
        tenant: place.tenant.as_str(),
        notice: Notice::take(&request),
        id: album.id.as_str(),
        title: album.title.as_str(),
        pictures: format::pictures(album.images),
        maker: album.created_by.as_str(),
        day: format::day(album.created_at),
        covers: covers.collect(),
        sharing: Sharing::of(
            &state,
            &place,
            &request,
            ShareTarget::Album(album.id.clone()),
            &here,
        )
        .await?,
        pages,
        grid,
    };
    let shown = page(StatusCode::OK, &template)?;
    if template.sharing.links.is_empty() {
        return Ok(compressed(&request, shown));
    }
    Ok(shown)
}

/// `POST /t/{tenant}/albums`
pub async fn create(
    state: web::Data<State>,
    place: TenantContext,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let album = albums::make(&state, &place, fields).await?;
    let to = format!("/t/{}/albums/{}", place.tenant, album.id);
    Ok(see_other(&to, None))
}

/// `POST /t/{tenant}/albums/{id}/edit`
pub async fn edit(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
    Form(mut fields): Form,
) -> Result<HttpResponse, AppError> {
    if fields.text("cover") == AS_IT_IS {
        fields.forget("cover");
    }
    let album = albums::change(&state, &place, &path.1, fields).await?;
    let to = format!("/t/{}/albums/{}", place.tenant, album.id);
    Ok(Outcome::did("save").on(see_other(&to, None)))
}

/// `POST /t/{tenant}/albums/{id}/delete`
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
    let to = format!("/t/{}/albums", place.tenant);
    Ok(Outcome::did("album").on(see_other(&to, None)))
}
