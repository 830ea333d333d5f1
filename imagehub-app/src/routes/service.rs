//! What the mesh and its operators ask.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde_json::json;
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::error::AppError;
use crate::moving;
use crate::state::State;

/// How long the key set waits for news from other processes.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long what this process stands on may take to say that it is there.
const CHECK: Duration = Duration::from_secs(3);

/// `GET /healthz`: this process is alive, whatever it stands on.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "alive" }))
}

/// `GET /readyz`: everything this process stands on answers, and it is not about to stop.
pub async fn ready(state: web::Data<State>) -> Result<HttpResponse, AppError> {
    if state.draining.load(Relaxed) {
        let why = "told to stop".to_owned();
        return Err(AppError::NotReady("this process is about to stop", why));
    }
    let catalogue = timeout(CHECK, state.catalogue.ping());
    let blobs = timeout(CHECK, state.blobs.check());
    match tokio::join!(catalogue, blobs) {
        (Err(_), _) => Err(away("the catalogue does not answer", "too slow")),
        (Ok(Err(error)), _) => Err(away("the catalogue does not answer", error)),
        (_, Err(_)) => Err(away("the blobs cannot be reached", "too slow")),
        (_, Ok(Err(error))) => Err(away("the blobs cannot be reached", error)),
        (Ok(Ok(())), Ok(Ok(()))) => Ok(()),
    }?;
    match timeout(CHECK, moving::is_under_way(&state.blobs)).await {
        Ok(Ok(false)) => {}
        Ok(Ok(true)) => return Err(away("something is being brought here", "not finished")),
        Ok(Err(error)) => return Err(away("the blobs cannot be reached", error)),
        Err(_) => return Err(away("the blobs cannot be reached", "too slow")),
    }
    Ok(HttpResponse::Ok().json(json!({ "status": "ready" })))
}

fn away(what: &'static str, why: impl ToString) -> AppError {
    AppError::NotReady(what, why.to_string())
}

/// `GET /.well-known/jwks.json`: the public keys of every process. Without the catalogue they are
/// as last known, and the answer hardly waits for it.
pub async fn keys(state: web::Data<State>) -> HttpResponse {
    let now = OffsetDateTime::now_utc();
    let keys = &state.sessions.keys;
    if timeout(PATIENCE, keys.refresh(now)).await.is_err() {
        tracing::debug!("the key set is as last known");
    }
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header(("cache-control", "no-cache"))
        .body(keys.jwks(now))
}
