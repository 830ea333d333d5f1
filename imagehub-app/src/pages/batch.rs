//! One thing done to several pictures, by form.

use actix_web::{HttpResponse, web};
use time::OffsetDateTime;

use super::frame::see_other;
use super::notice::after;
use crate::auth::InTenant;
use crate::catalogue::{AlbumId, AlbumTitle, ImageEdit, ImageId, NewAlbum, Tags};
use crate::error::{AppError, FieldProblem};
use crate::http::fields::Form;
use crate::http::local::local_path;
use crate::routes::batch::{Action, MOST_IMAGES, Outcome, apply};
use crate::state::State;

/// `POST /t/{tenant}/images/batch`
pub async fn submit(
    state: web::Data<State>,
    place: InTenant,
    Form(mut fields): Form,
) -> Result<HttpResponse, AppError> {
    let action = fields.text("action");
    let next = match local_path(&fields.text("next")) {
        "/" => format!("/t/{}", place.tenant),
        path => path.to_owned(),
    };
    let ids: Vec<ImageId> = fields
        .every("ids")
        .into_iter()
        .filter_map(|id| ImageId::parse(id).ok())
        .take(MOST_IMAGES)
        .collect();
    if ids.is_empty() {
        return Ok(see_other(&after(&next, "nothing", &[], 0), None));
    }
    let wanted = match action.as_str() {
        "tag" | "untag" => {
            let tags = fields.required("tags", Tags::parse_list);
            let tags = fields.finish(tags)?;
            Action::Edit(if action == "tag" {
                ImageEdit {
                    add_tags: tags,
                    ..ImageEdit::default()
                }
            } else {
                ImageEdit {
                    remove_tags: tags,
                    ..ImageEdit::default()
                }
            })
        }
        "add_to_album" => {
            let title = fields.required("album_title", AlbumTitle::parse);
            let title = fields.finish(title)?;
            Action::AddTo(album_called(&state, &place, title).await?)
        }
        "remove_from_album" => {
            let album = fields.required("from_album", AlbumId::parse);
            Action::RemoveFrom(fields.finish(album)?)
        }
        "delete" => Action::Delete,
        "restore" => Action::Restore,
        "purge" => Action::Purge,
        _ => {
            return Err(AppError::Invalid(vec![FieldProblem {
                field: "action".to_owned(),
                detail: "is none that pictures have".to_owned(),
            }]));
        }
    };
    let Outcome { done, failed } = apply(&state, &place, ids, &wanted).await?;
    Ok(see_other(&after(&next, &action, &done, failed.len()), None))
}

/// The newest album of that title, whatever its case; a new one if there is none.
async fn album_called(
    state: &State,
    place: &InTenant,
    title: AlbumTitle,
) -> Result<AlbumId, AppError> {
    let wanted = title.as_str().to_lowercase();
    let albums = state.catalogue.albums(&place.tenant).await?;
    let known = albums
        .into_iter()
        .find(|album| album.title.as_str().to_lowercase() == wanted);
    if let Some(album) = known {
        return Ok(album.id);
    }
    let new = NewAlbum {
        id: AlbumId::random(),
        title,
        created_by: place.user.clone(),
        created_at: OffsetDateTime::now_utc(),
    };
    let album = state.catalogue.create_album(&place.tenant, &new).await?;
    Ok(album.id)
}
