//! The style sheet, the scripts and the pictures of the pages, built into the binary.

use std::io::Write as _;
use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use crate::error::AppError;

struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! asset {
    ($folder:literal, $name:literal, $media_type:expr) => {
        Asset {
            name: $name,
            media_type: $media_type,
            bytes: include_bytes!(concat!("../../../static/", $folder, $name)),
        }
    };
}

macro_rules! joined {
    ($name:literal, $media_type:literal, $($part:literal),*) => {
        Asset {
            name: $name,
            media_type: $media_type,
            bytes: concat!($(include_str!(concat!("../../../static/", $part))),*).as_bytes(),
        }
    };
}

/// The names of fonts carry their versions: style sheets link to them without a hash.
const FONT: &str = "font/woff2";

const ASSETS: [Asset; 10] = [
    joined!(
        "site.css",
        "text/css; charset=utf-8",
        "css/base.css",
        "css/frame.css",
        "css/forms.css",
        "css/home.css",
        "css/upload.css",
        "css/gallery.css",
        "css/lightbox.css",
        "css/picture.css",
        "css/mesh.css",
        "css/settings.css",
        "css/albums.css",
        "css/plans.css",
        "css/tiles.css"
    ),
    joined!(
        "site.js",
        "text/javascript; charset=utf-8",
        "js/dom.js",
        "js/countdown.js",
        "js/mesh.js",
        "js/answers.js",
        "js/copy.js",
        "js/autosave.js",
        "js/password.js",
        "js/keys.js",
        "js/start.js"
    ),
    joined!(
        "pictures.js",
        "text/javascript; charset=utf-8",
        "js/meter.js",
        "js/upgrade.js",
        "js/placeholders.js",
        "js/late_pictures.js",
        "js/refusal.js",
        "js/pull.js",
        "js/queue_lines.js",
        "js/queue_tally.js",
        "js/queue_hold.js",
        "js/queue.js",
        "js/drops.js",
        "js/samples.js",
        "js/fresh_tiles.js",
        "js/more_tiles.js",
        "js/zoom.js",
        "js/original.js",
        "js/lightbox_parts.js",
        "js/lightbox.js",
        "js/select.js",
        "js/keep_selection.js",
        "js/tags.js",
        "js/start_pictures.js"
    ),
    asset!("", "icon.svg", "image/svg+xml"),
    asset!("", "icons.svg", "image/svg+xml"),
    asset!("", "gallery-light.webp", "image/webp"),
    asset!("", "gallery-dark.webp", "image/webp"),
    asset!("", "empty.svg", "image/svg+xml"),
    asset!("font/", "figtree-5.3.0-latin.woff2", FONT),
    asset!("font/", "figtree-5.3.0-latin-ext.woff2", FONT),
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

/// Each asset compressed once, as every browser takes it; empty where that makes it no smaller.
static GZIPPED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let gzip = |asset: &Asset| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let written = encoder
            .write_all(asset.bytes)
            .and_then(|()| encoder.finish());
        let small = written
            .ok()
            .filter(|gzipped| gzipped.len() < asset.bytes.len());
        small.unwrap_or_default()
    };
    ASSETS.iter().map(gzip).collect()
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
    let index = ASSETS
        .iter()
        .position(|asset| asset.name == name.as_str())
        .ok_or(AppError::NotFound)?;
    let (asset, hash, gzipped) = (&ASSETS[index], &HASHES[index], &GZIPPED[index]);
    let gzip = takes_gzip(&request) && !gzipped.is_empty();
    let etag = format!("\"{hash}{}\"", if gzip { "-gzip" } else { "" });
    // The filter's pages link without a version: those are asked about every time.
    let versioned = asset.media_type == FONT || request.query_string() == format!("v={hash}");
    let lifetime = if versioned {
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
        .insert_header((header::VARY, "accept-encoding"))
        .insert_header((header::CACHE_CONTROL, lifetime));
    if known {
        return Ok(response.finish());
    }
    response.content_type(asset.media_type);
    if gzip {
        response.insert_header((header::CONTENT_ENCODING, "gzip"));
        return Ok(response.body(web::Bytes::from_static(gzipped)));
    }
    Ok(response.body(asset.bytes))
}

/// Whether `Accept-Encoding` names gzip and does not weigh it zero.
pub(super) fn takes_gzip(request: &HttpRequest) -> bool {
    let accepted = request
        .headers()
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    accepted.split(',').any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let named = parts.next().is_some_and(|coding| coding == "gzip");
        let refused = parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        named && !refused
    })
}
