//! Share links, as their makers see them.

pub mod pages;

use actix_web::{HttpResponse, web};
use imagehub_policy::TenantId;
use serde::Deserialize;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::domain::{AlbumId, Audience, ImageId, LinkSecret, Share, ShareTarget};
use crate::error::{AppError, FieldProblem};
use crate::middleware::TenantContext;
use crate::state::State;
use crate::web::fields::{Fields, Form, Sent};
use crate::web::images::rfc3339;

/// Days a link for anyone lasts unless it is said.
pub const USUAL_DAYS: u32 = 30;
/// Days it lasts at most.
pub const MAX_DAYS: u32 = 365;

/// The query of a listing.
#[derive(Debug, Default, Deserialize)]
pub struct Of {
    image: Option<String>,
    album: Option<String>,
}

/// `GET /t/{tenant}/shares`, of everything or of one image or album.
pub async fn list(
    state: web::Data<State>,
    place: TenantContext,
    of: web::Query<Of>,
) -> Result<HttpResponse, AppError> {
    let target = match (&of.image, &of.album) {
        (None, None) => None,
        (Some(image), None) => ImageId::parse(image).ok().map(ShareTarget::Image),
        (None, Some(album)) => AlbumId::parse(album).ok().map(ShareTarget::Album),
        (Some(_), Some(_)) => {
            return Err(AppError::Invalid(vec![FieldProblem {
                field: "album".to_owned(),
                detail: "goes without an image".to_owned(),
            }]));
        }
    };
    let named = of.image.is_some() || of.album.is_some();
    let shares = if named && target.is_none() {
        Vec::new()
    } else {
        let now = OffsetDateTime::now_utc();
        state
            .catalogue
            .shares(&place.tenant, target.as_ref(), now)
            .await?
    };
    let shares: Vec<Value> = shares
        .iter()
        .map(|share| object(&place.tenant, share))
        .collect();
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "private, no-cache"))
        .json(json!({ "shares": shares })))
}

/// `POST /t/{tenant}/shares`
pub async fn create(
    state: web::Data<State>,
    place: TenantContext,
    sent: Sent,
) -> Result<HttpResponse, AppError> {
    match sent {
        Sent::Json(fields) => {
            let share = make(&state, &place, fields).await?;
            Ok(HttpResponse::Created().json(object(&place.tenant, &share)))
        }
        Sent::Form(fields) => pages::create(state, place, Form(fields)).await,
    }
}

/// `DELETE /t/{tenant}/shares/{secret}`
pub async fn delete(
    state: web::Data<State>,
    place: TenantContext,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    revoke(&state, &place, &path.1).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes a link to an image or to an album.
pub async fn make(
    state: &State,
    place: &TenantContext,
    mut fields: Fields,
) -> Result<Share, AppError> {
    let image = fields.optional("image", ImageId::parse);
    let album = fields.optional("album", AlbumId::parse);
    let target = match (image, album) {
        (Some(image), None) => Some(ShareTarget::Image(image)),
        (None, Some(album)) => Some(ShareTarget::Album(album)),
        _ => {
            fields.wrong("image", "either an image or an album");
            None
        }
    };
    let now = OffsetDateTime::now_utc();
    let days = fields.number("days", 1..=MAX_DAYS, USUAL_DAYS);
    let audience = fields.required("audience", |text| match text {
        "tenant" => Ok(Audience::Tenant),
        "anyone" => Ok(Audience::Anyone {
            until: now + Duration::days(days.unwrap_or(USUAL_DAYS).into()),
        }),
        _ => Err("must be tenant or anyone"),
    });
    let (target, audience) = fields.finish(target.zip(audience))?;
    let share = Share {
        secret: LinkSecret::random(),
        target,
        audience,
        created_by: place.user.clone(),
        created_at: now,
        revoked_at: None,
    };
    state.catalogue.create_share(&place.tenant, &share).await?;
    Ok(share)
}

/// Ends a link.
pub async fn revoke(state: &State, place: &TenantContext, secret: &str) -> Result<(), AppError> {
    let secret = LinkSecret::parse(secret).map_err(|_| AppError::NotFound)?;
    let now = OffsetDateTime::now_utc();
    Ok(state
        .catalogue
        .revoke_share(&place.tenant, &secret, now)
        .await?)
}

/// A link as the API shows it to members.
pub fn object(tenant: &TenantId, share: &Share) -> Value {
    let (audience, until) = match share.audience {
        Audience::Tenant => ("tenant", None),
        Audience::Anyone { until } => ("anyone", Some(rfc3339(until))),
    };
    let mut object = json!({
        "url": format!("/s/{tenant}/{}", share.secret.as_str()),
        "secret": share.secret.as_str(),
        "audience": audience,
        "until": until,
        "created_by": share.created_by,
        "created_at": rfc3339(share.created_at),
    });
    match &share.target {
        ShareTarget::Image(image) => object["image"] = image.as_str().into(),
        ShareTarget::Album(album) => object["album"] = album.as_str().into(),
    }
    object
}
