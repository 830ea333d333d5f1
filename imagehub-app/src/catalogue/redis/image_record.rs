//! An image's record as the fields of a hash.

use std::collections::HashMap;

use imagehub_policy::Username;

use super::super::codec::{
    camera_text, joined, parsed, split, stored_camera, stored_time, stored_wall_time,
};
use super::super::{CatalogueError, Result};
use crate::domain::texts::folded;
use crate::domain::timestamp::to_millis;
use crate::domain::{Digest, ImageId, ImageRecord, MediaType, Placeholder, Title};

/// A stored hash.
pub(super) type Fields = HashMap<String, String>;

/// The fields of an image that is not deleted; `folded` is its tags in one case.
pub(super) fn write(new: &ImageRecord) -> Vec<(&'static str, String)> {
    let tags = joined(&new.tags);
    let mut fields = vec![
        ("folded", folded(&tags)),
        ("tags", tags),
        ("digest", new.digest.hex()),
        ("crc32", new.crc32.to_string()),
        ("media_type", new.media_type.as_str().to_owned()),
        ("animated", u8::from(new.animated).to_string()),
        ("bytes", new.bytes.to_string()),
        ("width", new.width.to_string()),
        ("height", new.height.to_string()),
        ("thumbnail_type", new.thumbnail_type.as_str().to_owned()),
        ("placeholder", new.placeholder.encode()),
        ("title", new.title.as_str().to_owned()),
        ("uploaded_by", new.uploaded_by.to_string()),
        ("uploaded_at", to_millis(new.uploaded_at).to_string()),
    ];
    let taken_at = new
        .taken_at
        .map(|at| ("taken_at", at.seconds().to_string()));
    let camera = new.camera.as_ref();
    let camera = camera.map(|camera| ("camera", camera_text(camera)));
    fields.extend(taken_at.into_iter().chain(camera));
    fields
}

/// The record of those fields; `None` if there are none.
pub(super) fn read(id: &ImageId, fields: &Fields) -> Result<Option<ImageRecord>> {
    if fields.is_empty() {
        return Ok(None);
    }
    let damaged = |name: &str| CatalogueError::Damaged(format!("image {id}: {name}"));
    let text = |name: &str| {
        let value = fields.get(name).map(String::as_str);
        value.ok_or_else(|| damaged(name))
    };
    let number = |name: &str| text(name)?.parse().map_err(|_| damaged(name));
    let media_type = |name: &str| MediaType::parse(text(name)?).ok_or_else(|| damaged(name));
    let time = |name: &str| stored_time(text(name)?.parse().map_err(|_| damaged(name))?);
    let placeholder = match fields.get("placeholder") {
        Some(text) => Placeholder::decode(text).ok_or_else(|| damaged("placeholder"))?,
        None => Placeholder::default(),
    };
    let deleted_at = fields
        .get("deleted_at")
        .map(|_| time("deleted_at"))
        .transpose()?;
    let taken_at = fields.get("taken_at").map(|seconds| {
        let seconds = seconds.parse().map_err(|_| damaged("taken_at"));
        stored_wall_time(seconds?)
    });
    let camera = fields.get("camera").map(|text| stored_camera(text));
    Ok(Some(ImageRecord {
        id: id.clone(),
        digest: Digest::from_hex(text("digest")?).ok_or_else(|| damaged("digest"))?,
        crc32: number("crc32")?,
        media_type: media_type("media_type")?,
        animated: text("animated")? == "1",
        bytes: text("bytes")?.parse().map_err(|_| damaged("bytes"))?,
        width: number("width")?,
        height: number("height")?,
        thumbnail_type: media_type("thumbnail_type")?,
        placeholder,
        title: parsed(text("title")?, Title::parse)?,
        tags: split(text("tags")?)?,
        uploaded_by: parsed(text("uploaded_by")?, Username::parse)?,
        uploaded_at: time("uploaded_at")?,
        deleted_at,
        taken_at: taken_at.transpose()?,
        camera: camera.transpose()?,
    }))
}
