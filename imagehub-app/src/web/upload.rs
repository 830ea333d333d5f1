//! `POST /t/{tenant}/images`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use crate::catalogue::Inserted;
use crate::domain::Title;
use crate::error::{AppError, Refused};
use crate::http::head::wants_html;
use crate::metrics::{ByCode, Counted};
use crate::middleware::{TenantContext, still_holds};
use crate::state::State;
use crate::upload::{self, Labels, Room, keep_all};
use crate::web::images::object;
use crate::web::layout::frame::see_other;
use crate::web::layout::notice::Outcome;

/// Takes pictures in. What could be stored is stored, whatever became of the others.
pub async fn upload(
    state: web::Data<State>,
    place: TenantContext,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, AppError> {
    let _upload = Counted::by(&state.metrics.uploads);
    let room = Room::of(state.clone(), &place, request.headers()).await?;
    let tenant = state.catalogue.find_tenant(&place.tenant).await?;
    let keep_metadata = tenant.is_some_and(|tenant| tenant.keep_metadata);
    let form = upload::read(&state, request.headers(), payload, &room).await?;
    // Uploads take their time: the tenant may be another by the same name by now.
    still_holds(&request).await?;
    let mut images = Vec::new();
    let mut errors = Vec::new();
    let (mut same, mut restored) = (Vec::new(), 0);
    let labels = |filename: &str| Labels {
        tenant: &place.tenant,
        user: &place.user,
        title: form.title.clone().unwrap_or_else(|| title_from(filename)),
        tags: form.tags.clone(),
        keep_metadata,
        quota: room.quota,
    };
    for (filename, kept) in keep_all(&state, form.files, labels).await {
        match kept {
            Ok(Inserted::New(image)) => {
                state.metrics.stored.inc();
                images.push(object(&place.tenant, &image));
            }
            Ok(Inserted::Restored(image)) => {
                state.metrics.stored.inc();
                restored += 1;
                let mut object = object(&place.tenant, &image);
                object["restored"] = Value::Bool(true);
                images.push(object);
            }
            Ok(Inserted::Duplicate(image)) => {
                let mut object = object(&place.tenant, &image);
                object["duplicate"] = Value::Bool(true);
                images.push(object);
                same.push(image.id);
            }
            Err(error) => {
                let code = error.problem().code().as_str();
                state.metrics.refused.get_or_create(&ByCode { code }).inc();
                errors.push((filename, error));
            }
        }
    }
    let listed: Vec<Value> = errors
        .iter()
        .map(|(filename, error)| error_object(filename, error))
        .collect();
    // A form without scripts has no other way to tell which file was refused.
    if (images.is_empty() || wants_html(&request))
        && let Some((_, first)) = errors.first()
    {
        return Ok(refuse(first, images.len(), listed));
    }
    if wants_html(&request) {
        let added = images.len() - same.len() - restored;
        let next = see_other(&format!("/t/{}", place.tenant), None);
        return Ok(Outcome::upload(added, restored, &same).on(next));
    }
    Ok(
        HttpResponse::build(StatusCode::CREATED)
            .json(json!({ "images": images, "errors": listed })),
    )
}

/// The first refused file's answer, with a word on each, and how many were stored nevertheless.
fn refuse(first: &AppError, stored: usize, listed: Vec<Value>) -> HttpResponse {
    let response = first.answer();
    let mut problem = first.problem().with("errors", listed);
    if stored > 0 {
        problem = problem.with("stored", stored);
    }
    let mut response = response.set_body(actix_web::body::BoxBody::new(problem.json()));
    let retry_after = first.retry_after();
    response.extensions_mut().insert(Refused {
        problem,
        retry_after,
    });
    response
}

fn error_object(filename: &str, error: &AppError) -> Value {
    let problem = error.problem();
    json!({ "filename": filename, "code": problem.code().as_str(), "title": problem.title(), "detail": problem.detail() })
}

/// Without a title, the file's name without its ending is one.
fn title_from(filename: &str) -> Title {
    let name = filename.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    Title::parse(stem).unwrap_or_default()
}
