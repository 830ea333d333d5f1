//! Pages that are answered as they were made last, for as long as nothing has changed.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use actix_web::body::MessageBody as _;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use imagehub_policy::{Plan, Role, Username};

use super::Frame;
use super::assets::takes_gzip;
use crate::auth::InTenant;
use crate::catalogue::Revision;
use crate::error::AppError;
use crate::state::State;

/// Bytes of pages kept at a time.
const MOST: usize = 4 * 1024 * 1024;

/// Pages of one revision of the catalogue, which is asked each time whether it is the present one.
#[derive(Default)]
pub struct KeptPages(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    revision: Option<Revision>,
    pages: HashMap<Seen, Page>,
    bytes: usize,
}

/// All that a tenant's page is made from, beside the catalogue.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Seen {
    address: String,
    user: Username,
    role: Role,
    plan: Plan,
    filter_off: bool,
    gzip: bool,
    policy: String,
}

#[derive(Clone)]
struct Page {
    headers: HeaderMap,
    body: Bytes,
}

/// The page that was made for the same question at the same revision, or else this one.
///
/// # Errors
/// Those of making it.
pub async fn kept_or(
    state: &State,
    request: &HttpRequest,
    place: &InTenant,
    made: impl Future<Output = Result<HttpResponse, AppError>>,
) -> Result<HttpResponse, AppError> {
    // Before the page is made: what changes meanwhile makes it one of the past.
    let Some(revision) = state.catalogue.revision() else {
        return made.await;
    };
    let seen = Seen {
        address: request.uri().to_string(),
        user: place.user.clone(),
        role: place.role,
        plan: place.plan.clone(),
        filter_off: Frame::is_unfiltered(state, request),
        gzip: takes_gzip(request),
        policy: state.policy.current().hash().to_owned(),
    };
    if let Some(page) = state.pages.find(revision, &seen) {
        return Ok(page.answer());
    }
    let response = made.await?;
    let (head, body) = response.into_parts();
    let body = match body.try_into_bytes() {
        Ok(body) if head.status().is_success() => body,
        Ok(body) => return Ok(head.set_body(body).map_into_boxed_body()),
        Err(body) => return Ok(head.set_body(body)),
    };
    let page = Page {
        headers: head.headers().clone(),
        body,
    };
    state.pages.keep(revision, seen, page.clone());
    Ok(page.answer())
}

impl KeptPages {
    fn find(&self, revision: Revision, seen: &Seen) -> Option<Page> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let present = kept.revision == Some(revision);
        present.then(|| kept.pages.get(seen).cloned())?
    }

    fn keep(&self, revision: Revision, seen: Seen, page: Page) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = page.body.len() + seen.address.len();
        if kept.revision != Some(revision) || kept.bytes + bytes > MOST {
            *kept = Kept {
                revision: Some(revision),
                ..Kept::default()
            };
        }
        if bytes <= MOST && kept.pages.insert(seen, page).is_none() {
            kept.bytes += bytes;
        }
    }
}

impl Page {
    fn answer(self) -> HttpResponse {
        let mut response = HttpResponse::Ok().body(self.body);
        *response.headers_mut() = self.headers;
        response
    }
}
