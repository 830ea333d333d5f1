//! Taking out of a file what tells of a person — where and when a picture was taken, with which
//! camera, by whom — without decoding it: the bytes that make the pixels, the colour profile and
//! the way the picture is to be turned stay as they are. What is kept is a list of what is known
//! to be needed; everything else goes.

mod gif;
mod jpeg;
mod orientation;
mod png;
mod profile;
mod webp;

use std::borrow::Cow;

use crate::domain::MediaType;

pub(super) use orientation::orientation;

/// What Exif a file has, one after the other: TIFF files.
pub(super) fn exif<'a>(
    file: &'a [u8],
    media_type: MediaType,
) -> Box<dyn Iterator<Item = &'a [u8]> + 'a> {
    match media_type {
        MediaType::Jpeg => Box::new(jpeg::exif(file)),
        MediaType::Png => Box::new(png::exif(file).map(tiff)),
        MediaType::WebP => Box::new(webp::exif(file).map(tiff)),
        MediaType::Gif => Box::new(std::iter::empty()),
    }
}

/// Some writers put before Exif what belongs before it in a JPEG.
fn tiff(exif: &[u8]) -> &[u8] {
    exif.strip_prefix(b"Exif\0\0").unwrap_or(exif)
}

/// A file in pieces, those that are kept and those that are new.
#[derive(Debug)]
pub(super) struct Stripped<'a> {
    pieces: Vec<Cow<'a, [u8]>>,
}

impl<'a> Stripped<'a> {
    fn new() -> Self {
        Self { pieces: Vec::new() }
    }

    fn keep(&mut self, piece: &'a [u8]) {
        self.pieces.push(Cow::Borrowed(piece));
    }

    /// Keeps a piece that may still be replaced, and says where it is.
    fn keep_for_now(&mut self, piece: &'a [u8]) -> usize {
        self.keep(piece);
        self.pieces.len() - 1
    }

    fn replace(&mut self, place: usize, piece: Vec<u8>) {
        if let Some(replaced) = self.pieces.get_mut(place) {
            *replaced = Cow::Owned(piece);
        }
    }

    fn insert(&mut self, piece: Vec<u8>) {
        self.pieces.push(Cow::Owned(piece));
    }

    /// What is left, piece by piece.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().map(AsRef::as_ref)
    }

    fn is(&self, file: &[u8]) -> bool {
        let mut rest = file;
        let same = self.pieces().all(|piece| {
            let after = rest.strip_prefix(piece);
            rest = after.unwrap_or_default();
            after.is_some()
        });
        same && rest.is_empty()
    }
}

/// The file without what tells of a person and without what stands after the image's end; `None`
/// if that is the file as it is. Only for a file whose structure was found whole: of another one
/// it may be `None` as well.
pub(super) fn strip(file: &[u8], media_type: MediaType) -> Option<Stripped<'_>> {
    let stripped = match media_type {
        MediaType::Jpeg => jpeg::strip(file),
        MediaType::Png => png::strip(file),
        MediaType::Gif => gif::strip(file),
        MediaType::WebP => webp::strip(file),
    }?;
    (!stripped.is(file)).then_some(stripped)
}
