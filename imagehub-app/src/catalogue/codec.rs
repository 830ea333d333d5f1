//! Reading stored text back into types.

use imagehub_policy::Role;
use serde_json::json;
use time::OffsetDateTime;

use super::{CatalogueError, Result};
use crate::domain::texts::folded;
use crate::domain::timestamp;
use crate::domain::{Camera, FieldError, ImageEdit, ImageRecord, Tag, Tags, Title, WallTime};

/// Stored text as the type it was written from.
pub(super) fn parsed<T, E>(text: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T> {
    parse(text).map_err(|_| CatalogueError::Damaged(format!("{text:?}")))
}

/// A stored time.
pub(super) fn stored_time(millis: i64) -> Result<OffsetDateTime> {
    timestamp::from_millis(millis)
        .map_err(|_| CatalogueError::Damaged(format!("{millis} is no time")))
}

/// A stored time of a camera's clock.
pub(super) fn stored_wall_time(seconds: i64) -> Result<WallTime> {
    WallTime::from_seconds(seconds)
        .map_err(|_| CatalogueError::Damaged(format!("{seconds} is no time")))
}

/// What a picture was taken with, as it is stored.
pub(super) fn camera_text(camera: &Camera) -> String {
    json!(camera).to_string()
}

/// What [`camera_text`] wrote.
pub(super) fn stored_camera(text: &str) -> Result<Camera> {
    parsed(text, |text| serde_json::from_str(text))
}

/// A stored role.
pub(super) fn stored_role(text: &str) -> Result<Role> {
    parsed(text, |text| Role::parse(text).ok_or(()))
}

/// What a search for text looks at: title, tags and uploader, folded to one case.
pub(super) fn search_text(image: &ImageRecord) -> String {
    let mut text = folded(image.title.as_str());
    let tags = image.tags.texts().into_iter();
    for part in tags.chain([image.uploaded_by.as_str()]) {
        text.push('\n');
        text.push_str(&folded(part));
    }
    text
}

/// How [`search_text`] has a tag: each is a line of its own, and never the last one.
pub(super) fn tag_line(tag: &Tag) -> String {
    format!("\n{}\n", folded(tag.as_str()))
}

/// What an edit makes of an image's title and tags.
pub(super) fn edited(stored: &ImageRecord, edit: &ImageEdit) -> Result<(Title, Tags)> {
    let title = edit.title.as_ref().unwrap_or(&stored.title).clone();
    let tags = edit.tags.as_ref().unwrap_or(&stored.tags);
    let tags = tags
        .changed(&edit.add_tags, &edit.remove_tags)
        .map_err(|_| CatalogueError::TooMany)?;
    Ok((title, tags))
}

/// Tags as they are stored; a comma cannot occur in one.
pub(super) fn joined(tags: &Tags) -> String {
    tags.texts().join(",")
}

/// Tags as [`joined`] wrote them.
pub(super) fn split(text: &str) -> Result<Tags> {
    Tags::parse_list(text).map_err(|FieldError(rule)| CatalogueError::Damaged(rule.to_owned()))
}
