//! When and with what a picture was taken, by the Exif in its file. Only the fields named here are
//! read: none of them tells a place, a person or a serial number.

use super::strip_metadata::exif;
use super::tiff::{Directory, Tiff};
use crate::domain::{Camera, MediaType, WallTime};

const MAKE: u16 = 0x010f;
const MODEL: u16 = 0x0110;
const EXIF_DIRECTORY: u16 = 0x8769;
const EXPOSURE_TIME: u16 = 0x829a;
const F_NUMBER: u16 = 0x829d;
const ISO: u16 = 0x8827;
const DATE_TIME_ORIGINAL: u16 = 0x9003;
const FOCAL_LENGTH: u16 = 0x920a;
const LENS_MODEL: u16 = 0xa434;

/// A file has one Exif; so many are looked at.
const MAX_EXIF: usize = 4;
/// Characters of a name.
const MAX_NAME: usize = 100;

/// What the first Exif that says something of it says.
pub(super) fn taken(file: &[u8], media_type: MediaType) -> (Option<WallTime>, Option<Camera>) {
    let mut all = exif(file, media_type).take(MAX_EXIF).filter_map(read);
    let known = all.find(|(time, camera)| time.is_some() || camera.is_some());
    known.unwrap_or_default()
}

fn read(exif: &[u8]) -> Option<(Option<WallTime>, Option<Camera>)> {
    let tiff = Tiff::new(exif)?;
    let main = tiff.first_directory()?;
    let of_camera = main.number(EXIF_DIRECTORY);
    let exif = of_camera.and_then(|at| tiff.directory(at));
    let exif = exif.as_ref();
    let tenths = |tag| {
        let tenths = (exif?.fraction(tag)? * 10.0).round() / 10.0;
        (0.1..=100_000.0).contains(&tenths).then_some(tenths)
    };
    let camera = Camera {
        make: name(&main, MAKE),
        model: name(&main, MODEL),
        lens: exif.and_then(|exif| name(exif, LENS_MODEL)),
        exposure: exif
            .and_then(|exif| exif.fraction(EXPOSURE_TIME))
            .and_then(exposure),
        aperture: tenths(F_NUMBER),
        iso: exif
            .and_then(|exif| exif.number(ISO))
            .filter(|&iso| iso > 0),
        focal_length: tenths(FOCAL_LENGTH),
    };
    let time = exif.and_then(|exif| exif.text(DATE_TIME_ORIGINAL));
    let known = camera != Camera::default();
    Some((time.and_then(wall_time), known.then_some(camera)))
}

/// A name without control characters, nor what is no text.
fn name(directory: &Directory<'_>, tag: u16) -> Option<String> {
    let text = directory.text(tag)?;
    let text = String::from_utf8_lossy(&text[..text.len().min(4 * MAX_NAME)]);
    let shown = |char: &char| !char.is_control() && *char != char::REPLACEMENT_CHARACTER;
    let text: String = text.chars().filter(shown).take(MAX_NAME).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Seconds as photographers write them.
fn exposure(seconds: f64) -> Option<String> {
    match seconds {
        0.000_001..0.3 => Some(format!("1/{}", (1.0 / seconds).round())),
        0.3..=100_000.0 => Some(((seconds * 10.0).round() / 10.0).to_string()),
        _ => None,
    }
}

/// Exif's way to write it: `2026:05:01 14:03:22`.
fn wall_time(text: &[u8]) -> Option<WallTime> {
    let mut text = <[u8; 19]>::try_from(text).ok()?;
    for (at, own, common) in [(4, b':', b'-'), (7, b':', b'-'), (10, b' ', b'T')] {
        if text[at] != own {
            return None;
        }
        text[at] = common;
    }
    WallTime::parse(std::str::from_utf8(&text).ok()?).ok()
}

#[cfg(test)]
#[path = "../../tests/imaging/exif_file.rs"]
mod exif_file;

#[cfg(test)]
mod tests;
