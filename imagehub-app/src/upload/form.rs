//! Reading the multipart body: files straight to disk, whatever the order of the fields.

use std::io::ErrorKind;
use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web;
use futures_util::StreamExt as _;

use super::quota::Room;
use crate::blobs::Staged;
use crate::domain::{Tags, Title};
use crate::error::{AppError, FieldProblem};
use crate::imaging::ImageError;
use crate::middleware::end_for_silent_senders;
use crate::state::State;

/// A field that is no file takes at most this many bytes.
const MAX_TEXT: usize = 16 * 1024;
/// Fields that are no files.
const MAX_FIELDS: usize = 100;
/// A file that is too large is read to its end, so that the files after it are reached, only
/// while the whole body is known to be no larger than this.
const MAX_SKIPPED: u64 = 128 * 1024 * 1024;

/// An upload of which nothing comes for so long is ended: what it has staged takes room.
const SILENCE: Duration = Duration::from_secs(60);

/// One file of an upload: staged, or refused already.
pub struct Arrived {
    /// The name it was sent with, for messages only.
    pub filename: String,
    /// The bytes on disk.
    pub staged: Result<Staged, AppError>,
}

/// A whole upload.
#[derive(Default)]
pub struct Upload {
    /// The files, in order.
    pub files: Vec<Arrived>,
    /// The title for all of them.
    pub title: Option<Title>,
    /// The tags for all of them.
    pub tags: Tags,
}

/// Reads an upload to its end, or to a file too large, or too many, to go on.
pub async fn read(
    state: &State,
    headers: &HeaderMap,
    payload: web::Payload,
    room: &Room,
) -> Result<Upload, AppError> {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if !media_type.is_some_and(|value| {
        value
            .trim_start()
            .to_ascii_lowercase()
            .starts_with("multipart/form-data")
    }) {
        return Err(AppError::NotMultipart);
    }
    let declared = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let may_skip = declared.is_some_and(|length| length <= MAX_SKIPPED);
    let moving = end_for_silent_senders(payload, state.config.idle_time().min(SILENCE));
    let mut multipart = Multipart::new(headers, moving);
    let mut upload = Upload::default();
    let mut problems = Vec::new();
    let (mut fields, mut staged) = (0, 0);
    while let Some(field) = multipart.next().await {
        let mut field = field.map_err(broken)?;
        let name = field.name().unwrap_or_default().to_owned();
        if name != "file" {
            fields += 1;
        }
        if fields > MAX_FIELDS {
            let why = format!("the form has more than {MAX_FIELDS} fields");
            return Err(AppError::Malformed(why));
        }
        match name.as_str() {
            "file" => {
                if upload.files.len() == state.config.max_files {
                    let detail = format!("at most {} at a time", state.config.max_files);
                    return Err(wrong("file", detail));
                }
                let fits = |bytes| room.hold(staged + bytes);
                let Some(arrived) = read_file(state, &mut field, may_skip, fits).await? else {
                    continue;
                };
                let refused = arrived.staged.is_err();
                staged += arrived.staged.as_ref().map_or(0, Staged::bytes);
                upload.files.push(arrived);
                if refused && !may_skip {
                    return Ok(upload);
                }
            }
            "title" => match Title::parse(&read_text(&name, &mut field).await?) {
                Ok(title) => upload.title = Some(title),
                Err(error) => problems.push(problem("title", error.to_string())),
            },
            "tags" => match Tags::parse_list(&read_text(&name, &mut field).await?) {
                Ok(tags) => upload.tags = tags,
                Err(error) => problems.push(problem("tags", error.to_string())),
            },
            _ => {
                read_text(&name, &mut field).await?;
            }
        }
    }
    if upload.files.is_empty() {
        problems.push(problem("file", "is required".to_owned()));
    }
    if problems.is_empty() {
        Ok(upload)
    } else {
        Err(AppError::Invalid(problems))
    }
}

/// `None` for the empty part that a form sends when nothing was chosen.
async fn read_file(
    state: &State,
    field: &mut Field,
    may_skip: bool,
    fits: impl Fn(u64) -> Result<(), AppError>,
) -> Result<Option<Arrived>, AppError> {
    let filename = field
        .content_disposition()
        .and_then(|disposition| disposition.get_filename())
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect::<String>();
    let blobs = state.blobs().await?;
    let mut file = blobs.stage(state.imaging.limits().bytes).await?;
    let mut refused = None;
    let mut sent = 0;
    while let Some(chunk) = field.next().await {
        let chunk = chunk.map_err(broken)?;
        sent += chunk.len() as u64;
        if refused.is_some() {
            continue;
        }
        let written = match fits(file.len() + chunk.len() as u64) {
            Ok(()) => file.write(&chunk).await.map_err(AppError::from),
            refused => refused,
        };
        match written {
            Ok(()) => {}
            Err(
                error @ (AppError::Image(ImageError::TooLarge { .. })
                | AppError::QuotaExceeded { .. }),
            ) => {
                refused = Some(error);
                if !may_skip {
                    break;
                }
            }
            Err(error) => return Err(error),
        }
    }
    if filename.is_empty() && file.is_empty() && refused.is_none() {
        return Ok(None);
    }
    let staged = match refused {
        Some(AppError::Image(ImageError::TooLarge { limit, .. })) if may_skip => {
            let bytes = Some(sent);
            Err(AppError::Image(ImageError::TooLarge { limit, bytes }))
        }
        Some(error) => Err(error),
        None => Ok(file.finish().await?),
    };
    Ok(Some(Arrived { filename, staged }))
}

async fn read_text(name: &str, field: &mut Field) -> Result<String, AppError> {
    let mut text = Vec::new();
    while let Some(chunk) = field.next().await {
        let chunk = chunk.map_err(broken)?;
        if text.len() + chunk.len() > MAX_TEXT {
            return Err(wrong(name, format!("at most {MAX_TEXT} bytes")));
        }
        text.extend_from_slice(&chunk);
    }
    String::from_utf8(text).map_err(|_| AppError::Malformed("a field is not UTF-8".into()))
}

fn broken(error: MultipartError) -> AppError {
    match error {
        MultipartError::Payload(PayloadError::Io(error)) if error.kind() == ErrorKind::TimedOut => {
            AppError::TooSlow
        }
        error => AppError::Malformed(format!("the form cannot be read: {error}")),
    }
}

fn wrong(field: &str, detail: String) -> AppError {
    AppError::Invalid(vec![problem(field, detail)])
}

fn problem(field: &str, detail: String) -> FieldProblem {
    FieldProblem {
        field: field.to_owned(),
        detail,
    }
}
