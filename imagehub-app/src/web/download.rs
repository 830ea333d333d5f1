//! Several originals at once.

use std::collections::{HashSet, VecDeque};

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use imagehub_policy::TenantId;

use crate::archive::{Archive, Pictures};
use crate::catalogue::ImageQuery;
use crate::domain::{Album, ImageId, ImageRecord};
use crate::error::{AppError, FieldProblem};
use crate::http::head::wants_html;
use crate::middleware::TenantContext;
use crate::state::State;
use crate::web::albums;
use crate::web::batch::MAX_IMAGES;
use crate::web::pull::{attachment, nothing};

/// Images looked up at a time.
const LOOK_UPS: usize = 8;

/// What the query may say for programs; a form says `next`, too.
pub const NAMES: [&str; 2] = ["ids", "album"];

/// The query: either of the two. A form repeats `ids`.
#[derive(Debug, Default)]
struct Which {
    ids: Vec<String>,
    album: Option<String>,
    next: Option<String>,
}

impl Which {
    fn read(query: &str) -> Self {
        let mut which = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "ids" => {
                    let ids = value.split(',').filter(|id| !id.is_empty());
                    which.ids.extend(ids.map(str::to_owned));
                }
                "album" if !value.is_empty() => which.album = Some(value.into_owned()),
                "next" => which.next = Some(value.into_owned()),
                _ => {}
            }
        }
        which
    }
}

/// `GET /t/{tenant}/download?ids=|album=`
pub async fn zip(
    state: web::Data<State>,
    place: TenantContext,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let which = Which::read(request.query_string());
    if which.album.is_none() && which.ids.is_empty() && wants_html(&request) {
        return Ok(super::batch::pages::nothing_chosen(
            &place,
            which.next.as_deref(),
        ));
    }
    match which.album {
        Some(_) if !which.ids.is_empty() => Err(invalid("album", "goes without ids")),
        Some(id) => {
            let album = albums::find(&state, &place.tenant, &id).await?;
            Ok(send_album(state, &request, place.tenant, &album))
        }
        None => {
            let images = known(&state, &place, &which.ids).await?;
            let name = format!("{} pictures", place.tenant);
            Ok(send(
                state,
                &request,
                place.tenant,
                Pictures::Known(images),
                &name,
            ))
        }
    }
}

/// All that is in an album, while it is sent.
pub fn send_album(
    state: web::Data<State>,
    request: &HttpRequest,
    tenant: TenantId,
    album: &Album,
) -> HttpResponse {
    let query = ImageQuery {
        album: Some(album.id.clone()),
        limit: 200,
        ..ImageQuery::first_page()
    };
    let pictures = Pictures::Found {
        next: Some(query),
        page: VecDeque::new(),
    };
    send(state, request, tenant, pictures, album.title.as_str())
}

fn send(
    state: web::Data<State>,
    request: &HttpRequest,
    tenant: TenantId,
    pictures: Pictures,
    name: &str,
) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response
        .content_type("application/zip")
        .insert_header(attachment(name, "zip"))
        .insert_header((header::CACHE_CONTROL, "private, no-store"));
    if request.method() == Method::HEAD {
        // How long it would be is not known before it is written.
        return response.streaming(nothing());
    }
    let files = pictures.files(state, tenant).boxed_local();
    response.streaming(Archive::of(files).into_stream())
}

/// The images named, those that are there, each once; none at all is not found.
async fn known(
    state: &State,
    place: &TenantContext,
    ids: &[String],
) -> Result<VecDeque<ImageRecord>, AppError> {
    if ids.is_empty() || ids.len() > MAX_IMAGES {
        return Err(invalid("ids", "must be 1 to 200 images, or name an album"));
    }
    let mut named = HashSet::new();
    let ids = ids.iter().filter_map(|id| ImageId::parse(id).ok());
    let ids: Vec<ImageId> = ids.filter(|id| named.insert(id.clone())).collect();
    let found = ids
        .iter()
        .map(|id| state.catalogue.find_image(&place.tenant, id));
    let found: Vec<Option<ImageRecord>> =
        stream::iter(found).buffered(LOOK_UPS).try_collect().await?;
    let images: VecDeque<ImageRecord> = found.into_iter().flatten().collect();
    if images.is_empty() {
        return Err(AppError::NotFound);
    }
    Ok(images)
}

fn invalid(field: &str, detail: &str) -> AppError {
    AppError::Invalid(vec![FieldProblem {
        field: field.to_owned(),
        detail: detail.to_owned(),
    }])
}
