//! The stylesheet, the script and the pictures of the pages, built into the binary.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest as _, Sha256};

use crate::error::AppError;

struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! asset {
    ($name:literal, $media_type:literal) => {
        Asset {
            name: $name,
            media_type: $media_type,
            bytes: include_bytes!(concat!("../../static/", $name)),
        }
    };
}

const ASSETS: [Asset; 5] = [
    asset!("site.css", "text/css; charset=utf-8"),
    asset!("site.js", "text/javascript; charset=utf-8"),
    asset!("icon.svg", "image/svg+xml"),
    asset!("hero.svg", "image/svg+xml"),
    asset!("empty.svg", "image/svg+xml"),
];

static HASHES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let hash = |asset: &Asset| {
        let digest = Sha256::digest(asset.bytes);
        digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    ASSETS.iter().map(hash).collect()
});

/// An asset's URL with its content's hash, so that it may be kept for ever.
pub fn url(name: &str) -> String {
    let found = ASSETS
        .iter()
        .zip(HASHES.iter())
        .find(|(asset, _)| asset.name == name);
    match found {
        Some((asset, hash)) => format!("/static/{}?v={hash}", asset.name),
        None => format!("/static/{name}"),
    }
}

/// `GET /static/{name}`.
pub async fn serve(
    request: HttpRequest,
    name: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let (asset, hash) = ASSETS
        .iter()
        .zip(HASHES.iter())
        .find(|(asset, _)| asset.name == name.as_str())
        .ok_or(AppError::NotFound)?;
    let etag = format!("\"{hash}\"");
    // The filter's pages link without a version: those are asked about every time.
    let lifetime = if request.query_string() == format!("v={hash}") {
        "public, max-age=31536000, immutable"
    } else {
        "public, no-cache"
    };
    let known = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == etag.as_bytes());
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, lifetime));
    if known {
        return Ok(response.finish());
    }
    Ok(response.content_type(asset.media_type).body(asset.bytes))
}
