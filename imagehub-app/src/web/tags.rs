//! A tenant's tags, for who types one.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::AppError;
use crate::middleware::TenantContext;
use crate::state::State;

/// Tags of one answer.
const MAX_TAGS: usize = 50;

/// The query.
#[derive(Debug, Deserialize)]
pub struct Beginning {
    /// What the tags begin with, whatever its case.
    #[serde(default)]
    prefix: String,
}

/// `GET /t/{tenant}/tags?prefix=`
pub async fn list(
    state: web::Data<State>,
    place: TenantContext,
    beginning: web::Query<Beginning>,
) -> Result<HttpResponse, AppError> {
    let tags: Vec<Value> = state
        .catalogue
        .tags(&place.tenant, beginning.prefix.trim_start(), MAX_TAGS)
        .await?
        .iter()
        .map(|count| json!({ "tag": count.tag.as_str(), "images": count.images }))
        .collect();
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "private, no-cache"))
        .json(json!({ "tags": tags })))
}
