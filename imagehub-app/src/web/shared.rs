//! What a share link shows to who has it.

pub mod pages;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use imagehub_policy::{TenantId, Username};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::blobs::ThumbnailSize;
use crate::catalogue::Page;
use crate::domain::{Album, Audience, ImageId, ImageRecord, LinkSecret, Share, ShareTarget};
use crate::error::AppError;
use crate::http::head::{self, wants_html};
use crate::state::State;
use crate::web::download;
use crate::web::images::{Listing, rfc3339};
use crate::web::pull::{send_original, send_thumbnail};
use crate::web::shared::pages::Shared;

/// Search engines leave a link's page alone (as Google and others read it).
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// The query: nothing for the page, an image for its original, a size with it for a thumbnail,
/// `download=all` for an album as a zip.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    image: Option<String>,
    size: Option<String>,
    cursor: Option<String>,
    download: Option<String>,
}

/// A link that holds, for this visitor.
pub struct Open {
    /// Whose pictures it shows.
    pub tenant: TenantId,
    /// The link.
    pub share: Share,
    /// The album, if it shows one.
    pub album: Option<Album>,
    /// Who looks, if the link is for members.
    pub visitor: Option<Username>,
}

/// `GET /s/{tenant}/{secret}`
pub async fn show(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
    wanted: web::Query<Wanted>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let open = open(&state, &request, &path.0, &path.1).await?;
    if let Some(id) = &wanted.image {
        let image = open.image(&state, id).await?;
        return match &wanted.size {
            None => send_original(&state, &request, &open.tenant, &image).await,
            Some(size) => {
                let size = ThumbnailSize::parse(size).ok_or(AppError::NotFound)?;
                send_thumbnail(&state, &open.tenant, &image, size, &request).await
            }
        };
    }
    if let (Some("all"), Some(album)) = (wanted.download.as_deref(), &open.album) {
        let mut zip = download::send_album(state, &request, open.tenant.clone(), album);
        zip.headers_mut()
            .insert(ROBOTS, HeaderValue::from_static("noindex"));
        return Ok(zip);
    }
    let (images, next) = open.page(&state, wanted.cursor.clone()).await?;
    if wants_html(&request) {
        return open.show(&state, &request, &images, next);
    }
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "private, no-cache"))
        .insert_header(("vary", "accept, cookie"))
        .insert_header((ROBOTS, "noindex"))
        .json(object(&open, &images, next)))
}

/// Judges a link: one that nobody made is not found, one that is over is gone, and one for members
/// asks who is looking.
pub async fn open(
    state: &State,
    request: &HttpRequest,
    tenant: &str,
    secret: &str,
) -> Result<Open, AppError> {
    let tenant = TenantId::parse(tenant).map_err(|_| AppError::NotFound)?;
    let secret = LinkSecret::parse(secret).map_err(|_| AppError::NotFound)?;
    let share = state.catalogue.find_share(&tenant, &secret).await?;
    let share = share.ok_or(AppError::NotFound)?;
    if share.is_over(OffsetDateTime::now_utc()) {
        return Err(AppError::Gone);
    }
    let visitor = match share.audience {
        Audience::Anyone { .. } => None,
        Audience::Tenant => Some(member(state, request, &tenant).await?),
    };
    let album = match &share.target {
        ShareTarget::Image(_) => None,
        ShareTarget::Album(id) => {
            let album = state.catalogue.find_album(&tenant, id).await?;
            Some(album.ok_or(AppError::Gone)?)
        }
    };
    Ok(Open {
        tenant,
        share,
        album,
        visitor,
    })
}

async fn member(
    state: &State,
    request: &HttpRequest,
    tenant: &TenantId,
) -> Result<Username, AppError> {
    let head = head::of("GET", "/", request.headers());
    let policy = state.policy.current();
    let user = state.sessions.person(&head, &policy).await?;
    match state.catalogue.membership(tenant, &user).await? {
        Some(_) => Ok(user),
        None => Err(AppError::NotMember),
    }
}

impl Open {
    /// A page of the images that the link shows now, and the cursor of the next.
    pub async fn page(
        &self,
        state: &State,
        cursor: Option<String>,
    ) -> Result<(Vec<ImageRecord>, Option<String>), AppError> {
        match &self.share.target {
            ShareTarget::Image(id) => {
                let image = state.catalogue.find_image(&self.tenant, id).await?;
                Ok((vec![image.ok_or(AppError::Gone)?], None))
            }
            ShareTarget::Album(id) => {
                let listing = Listing {
                    album: Some(id.to_string()),
                    cursor,
                    ..Listing::default()
                };
                let query = listing.query(&self.tenant)?;
                let Page { images, next } =
                    state.catalogue.list_images(&self.tenant, &query).await?;
                let next = next.map(|cursor| cursor.encode(&self.tenant, &query));
                Ok((images, next))
            }
        }
    }

    fn show(
        &self,
        state: &State,
        request: &HttpRequest,
        images: &[ImageRecord],
        next: Option<String>,
    ) -> Result<HttpResponse, AppError> {
        let shared = Shared {
            tenant: &self.tenant,
            secret: &self.share.secret,
            album: self.album.as_ref(),
            images,
            next,
            until: self.until(),
        };
        let mut page = pages::show(state, request, self.visitor.as_ref(), &shared)?;
        let headers = page.headers_mut();
        headers.insert(ROBOTS, HeaderValue::from_static("noindex"));
        Ok(page)
    }

    fn until(&self) -> Option<OffsetDateTime> {
        match self.share.audience {
            Audience::Tenant => None,
            Audience::Anyone { until } => Some(until),
        }
    }

    /// One of the images that the link shows.
    async fn image(&self, state: &State, id: &str) -> Result<ImageRecord, AppError> {
        let id = ImageId::parse(id).map_err(|_| AppError::NotFound)?;
        let shown = match &self.share.target {
            ShareTarget::Image(shown) => *shown == id,
            ShareTarget::Album(album) => {
                state
                    .catalogue
                    .is_in_album(&self.tenant, album, &id)
                    .await?
            }
        };
        if !shown {
            return Err(AppError::NotFound);
        }
        let found = state.catalogue.find_image(&self.tenant, &id).await?;
        // What the link itself is to is known to its visitors, and can be said to be gone.
        found.ok_or(match &self.share.target {
            ShareTarget::Image(_) => AppError::Gone,
            ShareTarget::Album(_) => AppError::NotFound,
        })
    }

    /// The path of an image through the link: its original, or a thumbnail.
    pub fn url(&self, image: &ImageId, size: Option<ThumbnailSize>) -> String {
        let link = format!("/s/{}/{}", self.tenant, self.share.secret.as_str());
        match size {
            None => format!("{link}?image={image}"),
            Some(size) => format!("{link}?image={image}&size={}", size.pixels()),
        }
    }
}

/// What a link shows, to programs: nothing of who uploaded or tagged it.
fn object(open: &Open, images: &[ImageRecord], next: Option<String>) -> Value {
    let images: Vec<Value> = images.iter().map(|image| picture(open, image)).collect();
    json!({
        "tenant": open.tenant,
        "album": open.album.as_ref().map(|album| album.title.as_str()),
        "until": open.until().map(rfc3339),
        "images": images,
        "next": next,
    })
}

fn picture(open: &Open, image: &ImageRecord) -> Value {
    let thumbnails: serde_json::Map<String, Value> = ThumbnailSize::ALL
        .iter()
        .map(|size| {
            let url = open.url(&image.id, Some(*size));
            (size.pixels().to_string(), url.into())
        })
        .collect();
    json!({
        "id": image.id.as_str(),
        "digest": image.digest.to_string(),
        "media_type": image.media_type.as_str(),
        "bytes": image.bytes,
        "width": image.width,
        "height": image.height,
        "title": image.title.as_str(),
        "placeholder": image.placeholder.encode(),
        "thumbnails": thumbnails,
        "pull": open.url(&image.id, None),
    })
}
