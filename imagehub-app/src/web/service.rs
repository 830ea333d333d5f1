//! What the mesh and its operators ask.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde_json::json;
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::error::AppError;
use crate::state::State;

/// How long the key set waits for news from other processes.
const JWKS_REFRESH_TIMEOUT: Duration = Duration::from_millis(250);

/// `GET /healthz`: this process is alive, whatever it stands on.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "alive" }))
}

/// `GET /readyz`: everything this process stands on answers, and it is not about to stop.
pub async fn ready(state: web::Data<State>) -> Result<HttpResponse, AppError> {
    if state.draining.load(Relaxed) {
        return Err(AppError::NotReady("this process is about to stop".into()));
    }
    let blobs = async { Ok(state.blobs().await?.check().await?) };
    let outcome = state.readiness.of(state.catalogue.as_ref(), blobs).await;
    outcome.map_err(|not_ready| AppError::NotReady(not_ready.what))?;
    Ok(HttpResponse::Ok().json(json!({ "status": "ready" })))
}

/// `GET /.well-known/jwks.json`: the public keys of every process. Without the catalogue they are
/// as last known, and the answer hardly waits for it.
pub async fn keys(state: web::Data<State>) -> HttpResponse {
    let now = OffsetDateTime::now_utc();
    let keys = &state.sessions.keys;
    if timeout(JWKS_REFRESH_TIMEOUT, keys.refresh(now))
        .await
        .is_err()
    {
        tracing::debug!("the key set is as last known");
    }
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header(("cache-control", "no-cache"))
        .body(keys.jwks(now))
}
