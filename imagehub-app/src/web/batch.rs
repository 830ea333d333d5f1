//! One thing done to many images.

pub mod pages;

use actix_web::{HttpResponse, web};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use crate::domain::{AlbumId, FieldError, ImageEdit, ImageId, Tags};
use crate::error::AppError;
use crate::middleware::TenantContext;
use crate::state::State;
use crate::web::fields::{Fields, Form, Sent};
use crate::web::images::{bring_back, forget, purge};

/// Images of one batch.
pub const MAX_IMAGES: usize = 200;

/// Images worked on at a time: enough to hide a round trip, too few to crowd others out.
const AT_A_TIME: usize = 8;

/// What is to be done to each image.
#[derive(Debug, Clone)]
pub enum Action {
    /// Delete it, so that it can be restored.
    Delete,
    /// Take its deletion back.
    Restore,
    /// Forget it for good; it must have been deleted before.
    Purge,
    /// Put tags to it, or take tags away.
    Edit(ImageEdit),
    /// Put it into an album.
    AddTo(AlbumId),
    /// Take it out of an album.
    RemoveFrom(AlbumId),
}

/// What came of a batch.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The images it was done to, in the order given.
    pub done: Vec<ImageId>,
    /// The others, and why not.
    pub failed: Vec<(ImageId, AppError)>,
}

/// `POST /t/{tenant}/images/batch`
pub async fn submit(
    state: web::Data<State>,
    place: TenantContext,
    sent: Sent,
) -> Result<HttpResponse, AppError> {
    let fields = match sent {
        Sent::Json(fields) => fields,
        Sent::Form(fields) => return pages::submit(state, place, Form(fields)).await,
    };
    let (ids, action) = read(fields)?;
    let outcome = apply(&state, &place, ids, &action).await?;
    let done: Vec<&str> = outcome.done.iter().map(ImageId::as_str).collect();
    let failed: Vec<Value> = outcome
        .failed
        .iter()
        .map(|(id, error)| {
            let problem = error.problem();
            json!({ "id": id.as_str(), "code": problem.code().as_str(), "title": problem.title() })
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({ "done": done, "failed": failed })))
}

/// Reads which images, and what.
pub fn read(mut fields: Fields) -> Result<(Vec<ImageId>, Action), AppError> {
    let ids = fields.list("ids", |ids| {
        if ids.is_empty() || ids.len() > MAX_IMAGES {
            return Err(FieldError("must be 1 to 200 images"));
        }
        ids.into_iter().map(ImageId::parse).collect()
    });
    if ids.is_none() && fields.is_absent("ids") {
        fields.wrong("ids", "is required");
    }
    let name = fields.required("action", |text| Ok::<_, FieldError>(text.to_owned()));
    let action = match name.as_deref() {
        None => None,
        Some("delete") => Some(Action::Delete),
        Some("restore") => Some(Action::Restore),
        Some("purge") => Some(Action::Purge),
        Some("tag") => tags(&mut fields).map(|add_tags| {
            Action::Edit(ImageEdit {
                add_tags,
                ..ImageEdit::default()
            })
        }),
        Some("untag") => tags(&mut fields).map(|remove_tags| {
            Action::Edit(ImageEdit {
                remove_tags,
                ..ImageEdit::default()
            })
        }),
        Some("add_to_album") => fields.required("album", AlbumId::parse).map(Action::AddTo),
        Some("remove_from_album") => fields
            .required("album", AlbumId::parse)
            .map(Action::RemoveFrom),
        Some(_) => {
            fields.wrong("action", "is none that images have");
            None
        }
    };
    fields.finish(ids.zip(action))
}

fn tags(fields: &mut Fields) -> Option<Tags> {
    let tags = fields.list("tags", |tags| Tags::parse(tags));
    if tags.is_none() && fields.is_absent("tags") {
        fields.wrong("tags", "is required");
    }
    tags
}

/// Does it to each image. One image's refusal does not stop the others; an outage does.
pub async fn apply(
    state: &State,
    place: &TenantContext,
    ids: Vec<ImageId>,
    action: &Action,
) -> Result<Outcome, AppError> {
    let results: Vec<(ImageId, Result<(), AppError>)> = stream::iter(ids)
        .map(|id| async move {
            let result = one(state, place, &id, action).await;
            (id, result)
        })
        .buffered(AT_A_TIME)
        .collect()
        .await;
    let mut outcome = Outcome::default();
    for (id, result) in results {
        match result {
            Ok(()) => outcome.done.push(id),
            Err(error @ (AppError::NotFound | AppError::TooMany)) => {
                outcome.failed.push((id, error));
            }
            Err(error) => return Err(error),
        }
    }
    let (catalogue, tenant) = (&state.catalogue, &place.tenant);
    match action {
        Action::AddTo(album) => catalogue.put_in_album(tenant, album, &outcome.done).await?,
        Action::RemoveFrom(album) => {
            catalogue
                .take_out_of_album(tenant, album, &outcome.done)
                .await?;
        }
        _ => {}
    }
    Ok(outcome)
}

async fn one(
    state: &State,
    place: &TenantContext,
    id: &ImageId,
    action: &Action,
) -> Result<(), AppError> {
    let (catalogue, tenant) = (&state.catalogue, &place.tenant);
    match action {
        Action::Delete => forget(state, tenant, id.as_str()).await,
        Action::Restore => bring_back(state, tenant, id.as_str()).await.map(drop),
        Action::Purge => purge(state, tenant, id).await,
        Action::Edit(edit) => Ok(catalogue.edit_image(tenant, id, edit).await.map(drop)?),
        // Albums change in one go, once it is known which images there are.
        Action::AddTo(_) | Action::RemoveFrom(_) => {
            let found = catalogue.find_image(tenant, id).await?;
            found.map(drop).ok_or(AppError::NotFound)
        }
    }
}
