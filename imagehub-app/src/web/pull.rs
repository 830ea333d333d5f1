//! Images as bytes: the original and its thumbnails.

use std::ops::Range;

use actix_web::body::SizedStream;
use actix_web::http::header::{
    self, Accept, Charset, ContentDisposition, ContentRange, ContentRangeSpec, DispositionParam,
    DispositionType, ETag, EntityTag, ExtendedValue, Header as _, IfNoneMatch, IfRange, Quality,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use imagehub_policy::{Role, TenantId};

use crate::blobs::{Blob, Encoding, ThumbnailSize};
use crate::domain::{ImageId, ImageRecord, MediaType};
use crate::error::AppError;
use crate::middleware::TenantContext;
use crate::originals::{check_original, missing, open_original};
use crate::state::State;
use crate::web::images::find;

/// Whatever an image claims to be, a browser that shows it runs nothing and asks nobody.
const SANDBOX: &str = "sandbox; default-src 'none'";

/// `GET /t/{tenant}/images/{id}/pull`
pub async fn original(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let image = find(&state, &place.tenant, &path.1).await?;
    send_original(&state, &request, &place.tenant, &image).await
}

/// The original, or the part of it that the request asks for.
pub async fn send_original(
    state: &State,
    request: &HttpRequest,
    tenant: &TenantId,
    image: &ImageRecord,
) -> Result<HttpResponse, AppError> {
    let etag = EntityTag::new_strong(image.digest.hex());
    let mut response = HttpResponse::Ok();
    harmless(&mut response);
    response
        .insert_header(ETag(etag.clone()))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header(disposition(image));
    let known = knows(request, &etag);
    if known || request.method() == Method::HEAD {
        check_original(state, tenant, image).await?;
    }
    if known {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    response.insert_header((header::CONTENT_TYPE, image.media_type.as_str()));
    if request.method() == Method::HEAD {
        return Ok(response
            .no_chunking(image.bytes)
            .body(SizedStream::new(image.bytes, nothing())));
    }
    let range = match asked(request, &etag, image.bytes) {
        Asked::Whole => None,
        Asked::Part(range) => Some(range),
        Asked::Outside => return Err(AppError::Range(image.bytes)),
    };
    if let Some(range) = &range {
        let part = ContentRangeSpec::Bytes {
            range: Some((range.start, range.end - 1)),
            instance_length: Some(image.bytes),
        };
        response
            .status(StatusCode::PARTIAL_CONTENT)
            .insert_header(ContentRange(part));
    }
    let blob = open_original(state, tenant, image, range).await?;
    Ok(stream(response, blob))
}

/// `GET /t/{tenant}/images/{id}/thumb/{size}`
pub async fn thumbnail(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let (_, id, size) = path.into_inner();
    let size = ThumbnailSize::parse(&size).ok_or(AppError::NotFound)?;
    let id = ImageId::parse(&id).map_err(|_| AppError::NotFound)?;
    let image = state.catalogue.find_recorded(&place.tenant, &id).await?;
    // Who may bring a deleted image back may see which one it is.
    let image = image
        .filter(|image| image.deleted_at.is_none() || place.role >= Role::Member)
        .ok_or(AppError::NotFound)?;
    send_thumbnail(&state, &place.tenant, &image, size, &request).await
}

/// A thumbnail as WebP to who says that they take it, otherwise as JPEG or PNG.
pub(super) async fn send_thumbnail(
    state: &State,
    tenant: &TenantId,
    image: &ImageRecord,
    size: ThumbnailSize,
    request: &HttpRequest,
) -> Result<HttpResponse, AppError> {
    if takes_webp(request) {
        match send_encoded(state, tenant, image, size, Encoding::WebP, request).await {
            // An image that was stored before there was WebP.
            Err(AppError::NotFound) => {}
            sent => return sent,
        }
    }
    match send_encoded(state, tenant, image, size, Encoding::Plain, request).await {
        Err(AppError::NotFound) => Err(missing(state, tenant, image).await?),
        sent => sent,
    }
}

async fn send_encoded(
    state: &State,
    tenant: &TenantId,
    image: &ImageRecord,
    size: ThumbnailSize,
    encoding: Encoding,
    request: &HttpRequest,
) -> Result<HttpResponse, AppError> {
    let (media_type, mark) = match encoding {
        Encoding::Plain => (image.thumbnail_type, ""),
        Encoding::WebP => (MediaType::WebP, "-webp"),
    };
    let etag = EntityTag::new_strong(format!("{}-{}{mark}", image.id, size.pixels()));
    let mut response = HttpResponse::Ok();
    harmless(&mut response);
    response
        .insert_header(ETag(etag.clone()))
        .insert_header((header::VARY, "Accept"))
        .insert_header((
            header::CACHE_CONTROL,
            "private, max-age=31536000, immutable",
        ));
    if knows(request, &etag) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    response.insert_header((header::CONTENT_TYPE, media_type.as_str()));
    let blobs = state.blobs().await?;
    let blob = blobs.thumbnail(tenant, &image.id, size, encoding).await?;
    if blob.size == 0 {
        state.metrics.damaged.inc();
        let why = format!("a thumbnail of {tenant}/{} is empty", image.id);
        return Err(AppError::Unavailable(why));
    }
    Ok(stream(response, blob))
}

/// Whether `Accept` names WebP: who takes anything may not mean what is newer than itself.
fn takes_webp(request: &HttpRequest) -> bool {
    Accept::parse(request).is_ok_and(|accepted| {
        let mut ranges = accepted.iter();
        ranges
            .any(|range| range.item.essence_str() == "image/webp" && range.quality > Quality::ZERO)
    })
}

fn harmless(response: &mut HttpResponseBuilder) {
    response
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, SANDBOX))
        .insert_header(("cross-origin-resource-policy", "same-origin"));
}

fn stream(mut response: HttpResponseBuilder, blob: Blob) -> HttpResponse {
    let length = blob.range.end.saturating_sub(blob.range.start);
    response.body(SizedStream::new(length, blob.stream))
}

/// An empty body.
pub fn nothing() -> futures_util::stream::Empty<Result<bytes::Bytes, std::io::Error>> {
    futures_util::stream::empty()
}

/// Whether the client has what it would get (RFC 9110, section 13.1.2).
fn knows(request: &HttpRequest, etag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(etag)),
        Err(_) => false,
    }
}

/// What a request asks for.
enum Asked {
    Whole,
    Part(Range<u64>),
    /// Nothing that there is.
    Outside,
}

/// One range of bytes (RFC 9110, section 14.2), unless `If-Range` names another state of the image.
/// What is not understood, and several ranges at once, get the whole.
fn asked(request: &HttpRequest, etag: &EntityTag, size: u64) -> Asked {
    let same = match IfRange::parse(request) {
        Ok(IfRange::EntityTag(tag)) => tag.strong_eq(etag),
        Ok(IfRange::Date(_)) => false,
        Err(_) => !request.headers().contains_key(header::IF_RANGE),
    };
    match header::Range::parse(request) {
        Ok(header::Range::Bytes(ranges)) if same => match *ranges.as_slice() {
            [ref range] => match range.to_satisfiable_range(size) {
                Some((first, last)) => Asked::Part(first..last + 1),
                None => Asked::Outside,
            },
            _ => Asked::Whole,
        },
        _ => Asked::Whole,
    }
}

/// A name to save the image under.
fn disposition(image: &ImageRecord) -> ContentDisposition {
    let extension = image.media_type.extension();
    let title = image.title.as_str();
    let stem = if title.is_empty() {
        image.id.as_str()
    } else {
        title
    };
    let stem = stem.strip_suffix(&format!(".{extension}")).unwrap_or(stem);
    attachment(stem, extension)
}

/// The header that saves an answer under a name (RFC 6266): plain for old clients, and as it is.
pub fn attachment(stem: &str, extension: &str) -> ContentDisposition {
    let usual = |c: char| c.is_ascii_alphanumeric() || " -_.()".contains(c);
    let plain = stem.replace(|c| !usual(c), "_");
    let exact = stem.replace(['/', '\\'], "_");
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![
            DispositionParam::Filename(format!("{plain}.{extension}")),
            DispositionParam::FilenameExt(ExtendedValue {
                charset: Charset::Ext("UTF-8".to_owned()),
                language_tag: None,
                value: format!("{exact}.{extension}").into_bytes(),
            }),
        ],
    }
}
