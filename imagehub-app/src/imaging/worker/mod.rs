//! A process that decodes one image and ends: whatever a hostile file does to a decoder, it does
//! to a process that can neither open a file nor a socket, in bounded memory and time.
//!
//! It is this same program. The staged file is its standard input, a folder and a task are its
//! arguments, and what it makes of the image are files in that folder and one line of JSON.

mod confine;
mod outputs;
mod task;

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use super::ImageError;
use super::decode::decode;
use super::strip_metadata::strip;
use super::taken::taken;
use super::thumbnail::make_thumbnails;
use super::unended;
use crate::blobs::ThumbnailSize;
use outputs::Outputs;

pub(super) use task::{Answer, Task};

/// Runs a task, as [`super::Decoder`] starts it. The exit code tells only whether there is an
/// answer; what became of the image is in it.
pub fn run(folder: &Path, task: &str) -> ExitCode {
    let answer = perform(folder, task).unwrap_or_else(|error| Answer::refusing(&error));
    let mut out = std::io::stdout();
    let written = serde_json::to_writer(&mut out, &answer).is_ok();
    if written && writeln!(out).and_then(|()| out.flush()).is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn perform(folder: &Path, task: &str) -> Result<Answer, ImageError> {
    let task: Task = serde_json::from_str(task).map_err(ImageError::unavailable)?;
    let mut outputs = Outputs::create(folder).map_err(storing)?;
    confine::confine(&task)?;

    let mut file = Vec::new();
    // Room for an end marker, too.
    file.reserve_exact(2 + usize::try_from(task.bytes).map_err(ImageError::unavailable)?);
    std::io::stdin()
        .lock()
        .take(task.bytes)
        .read_to_end(&mut file)
        .map_err(ImageError::unavailable)?;

    if task.lacks_end && !unended::end(&mut file) {
        return Err(ImageError::Broken("it is cut short".to_owned()));
    }
    let (taken_at, camera) = taken(&file, task.media_type);
    let rewritten = rewrite_into(&mut outputs, &file, &task)?;
    let side = ThumbnailSize::S1280.pixels();
    let decoded = decode(&file, task.media_type, side, task.decode_memory)?;
    drop(file);
    let (width, height) = decoded.upright_size();
    let thumbnails = make_thumbnails(decoded)?;
    for thumbnail in &thumbnails.all {
        outputs.write(thumbnail).map_err(storing)?;
    }
    Ok(Answer::Taken {
        width,
        height,
        thumbnail_type: thumbnails.media_type,
        placeholder: thumbnails.placeholder.encode(),
        taken_at,
        camera,
        rewritten,
    })
}

/// Writes what is to be served, if it is not the file that was sent, and says whether it did.
fn rewrite_into(outputs: &mut Outputs, file: &[u8], task: &Task) -> Result<bool, ImageError> {
    let stripped = if task.keep_metadata {
        None
    } else {
        strip(file, task.media_type)
    };
    let original = outputs.original();
    if let Some(stripped) = &stripped {
        for piece in stripped.pieces() {
            original.write_all(piece).map_err(storing)?;
        }
    } else if task.lacks_end {
        original.write_all(file).map_err(storing)?;
    }
    Ok(stripped.is_some() || task.lacks_end)
}

fn storing(error: std::io::Error) -> ImageError {
    crate::blobs::BlobError::from(error).into()
}
