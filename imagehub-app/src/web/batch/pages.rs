//! One thing done to several pictures, by form.

use actix_web::{HttpResponse, web};
use time::OffsetDateTime;

use crate::domain::{AlbumId, AlbumTitle, ImageEdit, ImageId, NewAlbum, Tags};
use crate::error::{AppError, FieldProblem};
use crate::http::local::local_path;
use crate::middleware::TenantContext;
use crate::state::State;
use crate::web::batch::{Action, MAX_IMAGES, apply};
use crate::web::fields::{Fields, Form};
use crate::web::layout::frame::see_other;
use crate::web::layout::notice::Outcome;

/// `POST /t/{tenant}/images/batch`
pub async fn submit(
    state: web::Data<State>,
    place: TenantContext,
    Form(mut fields): Form,
) -> Result<HttpResponse, AppError> {
    let next = back(&place, &fields.text("next"));
    let ids: Vec<ImageId> = fields
        .every("ids")
        .into_iter()
        .filter_map(|id| ImageId::parse(id).ok())
        .take(MAX_IMAGES)
        .collect();
    let say = |what: &str| Ok(Outcome::did(what).on(see_other(&next, None)));
    if ids.is_empty() {
        return Ok(nothing_chosen(&place, Some(&next)));
    }
    let action = meant(&fields);
    let wanted = match action.as_str() {
        "enter" => return say("no_words"),
        "tag" | "untag" => match Tags::parse_list(&fields.text("tags")) {
            Ok(tags) if tags.texts().is_empty() => return say("no_words"),
            Ok(add_tags) if action == "tag" => Action::Edit(ImageEdit {
                add_tags,
                ..ImageEdit::default()
            }),
            Ok(remove_tags) => Action::Edit(ImageEdit {
                remove_tags,
                ..ImageEdit::default()
            }),
            Err(_) => return say("bad_tags"),
        },
        "add_to_album" if fields.text("album_title").trim().is_empty() => return say("no_words"),
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
    let outcome = apply(&state, &place, ids, &wanted).await?;
    let told = Outcome::batch(&action, &outcome.done, outcome.failed.len());
    Ok(told.on(see_other(&next, None)))
}

/// Back to the page, which says that nothing is chosen.
pub fn nothing_chosen(place: &TenantContext, next: Option<&str>) -> HttpResponse {
    let next = back(place, next.unwrap_or_default());
    Outcome::did("nothing").on(see_other(&next, None))
}

/// The page the form was on.
fn back(place: &TenantContext, next: &str) -> String {
    match local_path(next) {
        "/" => format!("/t/{}", place.tenant),
        path => path.to_owned(),
    }
}

/// The button that was pressed. Enter in a field presses the first one, which means the field that
/// something was typed into.
fn meant(fields: &Fields) -> String {
    let typed = |name: &str| !fields.text(name).trim().is_empty();
    match fields.text("action") {
        action if action != "enter" => action,
        _ if typed("album_title") => "add_to_album".to_owned(),
        _ if typed("tags") => "tag".to_owned(),
        enter => enter,
    }
}

/// The newest album of that title, whatever its case; a new one if there is none.
async fn album_called(
    state: &State,
    place: &TenantContext,
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
