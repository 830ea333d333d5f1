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
use crate::state::State;

/// Pictures one form may name.
const MOST: usize = 200;

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
        .take(MOST)
        .collect();
    if ids.is_empty() {
        return Ok(see_other(&after(&next, "nothing", &[], 0), None));
    }
    let done = match action.as_str() {
        "tag" | "untag" => {
            let tags = fields.required("tags", Tags::parse_list);
            let tags = fields.finish(tags)?;
            retag(&state, &place, &ids, tags, action == "tag").await?
        }
        "add_to_album" => {
            let title = fields.required("album_title", AlbumTitle::parse);
            let title = fields.finish(title)?;
            let album = album_called(&state, &place, title).await?;
            let put = state.catalogue.put_in_album(&place.tenant, &album, &ids);
            put.await?;
            ids.clone()
        }
        "remove_from_album" => {
            let album = fields.required("from_album", AlbumId::parse);
            let album = fields.finish(album)?;
            let catalogue = &state.catalogue;
            catalogue
                .take_out_of_album(&place.tenant, &album, &ids)
                .await?;
            ids.clone()
        }
        "delete" | "restore" | "purge" => each(&state, &place, &ids, &action).await?,
        _ => {
            return Err(AppError::Invalid(vec![FieldProblem {
                field: "action".to_owned(),
                detail: "is none that pictures have".to_owned(),
            }]));
        }
    };
    let missed = ids.len() - done.len();
    Ok(see_other(&after(&next, &action, &done, missed), None))
}

async fn retag(
    state: &State,
    place: &InTenant,
    ids: &[ImageId],
    tags: Tags,
    add: bool,
) -> Result<Vec<ImageId>, AppError> {
    let edit = if add {
        ImageEdit {
            add_tags: tags,
            ..ImageEdit::default()
        }
    } else {
        ImageEdit {
            remove_tags: tags,
            ..ImageEdit::default()
        }
    };
    let mut done = Vec::new();
    for id in ids {
        let edited = state.catalogue.edit_image(&place.tenant, id, &edit).await;
        note(&mut done, id, edited.map(drop).map_err(AppError::from))?;
    }
    Ok(done)
}

async fn each(
    state: &State,
    place: &InTenant,
    ids: &[ImageId],
    action: &str,
) -> Result<Vec<ImageId>, AppError> {
    let (catalogue, tenant) = (&state.catalogue, &place.tenant);
    let mut done = Vec::new();
    for id in ids {
        let changed = match action {
            "delete" => catalogue
                .delete_image(tenant, id, OffsetDateTime::now_utc())
                .await
                .map(drop),
            "restore" => catalogue.restore_image(tenant, id).await.map(drop),
            _ => catalogue.purge_image(tenant, id).await,
        };
        if action == "purge"
            && changed.is_ok()
            && let Err(error) = state.blobs.delete(tenant, id).await
        {
            tracing::warn!(%tenant, %id, %error, "files of a purged image stay behind");
        }
        note(&mut done, id, changed.map_err(AppError::from))?;
    }
    Ok(done)
}

/// One picture's refusal does not stop the others; an outage does.
fn note(
    done: &mut Vec<ImageId>,
    id: &ImageId,
    result: Result<(), AppError>,
) -> Result<(), AppError> {
    match result {
        Ok(()) => done.push(id.clone()),
        Err(AppError::NotFound | AppError::TooMany) => {}
        Err(error) => return Err(error),
    }
    Ok(())
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
