//! What a tenant's images take of what its plan allows.

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::error::AppError;
use crate::middleware::TenantContext;
use crate::state::State;

/// `GET /t/{tenant}/usage`
pub async fn show(state: web::Data<State>, place: TenantContext) -> Result<HttpResponse, AppError> {
    let usage = state.catalogue.usage(&place.tenant).await?;
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "private, no-cache"))
        .json(json!({
            "images": usage.images,
            "bytes": usage.bytes,
            "deleted_images": usage.deleted_images,
            "deleted_bytes": usage.deleted_bytes,
            "quota_bytes": state.policy.current().storage_bytes(&place.plan),
        })))
}
