//! JPEG: segments. Exif, XMP, Photoshop's, previews, comments and every application's own go;
//! JFIF, the colour profile and Adobe's word on the colours stay.

use super::Stripped;
use super::orientation::{only_orientation, stated};
use super::profile::anonymous;
use crate::imaging::container::jpeg::{Part, Parts, START_OF_SCAN};

const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP14: u8 = 0xee;
const EXIF: &[u8] = b"Exif\0\0";
const PROFILE: &[u8] = b"ICC_PROFILE\0";
/// JFIF's segment without a preview: identifier, version, density, a preview of no size.
const JFIF: usize = 14;
/// Adobe's segment: identifier, version, flags, how the colours are coded.
const ADOBE: usize = 12;

/// The Exif of a segment that says how the picture is to be turned.
fn turning(marker: u8, content: &[u8]) -> Option<&[u8]> {
    let exif = content.strip_prefix(EXIF).filter(|_| marker == APP1)?;
    stated(exif).is_some().then_some(exif)
}

/// All Exif before the picture.
pub(super) fn exif(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut parts = Parts::new(file);
    let before_picture = std::iter::from_fn(move || match parts.next()? {
        Part::Segment(START_OF_SCAN, ..) | Part::End(_) => None,
        Part::Segment(APP1, content, _) => Some(content.strip_prefix(EXIF)),
        Part::Segment(..) | Part::Marker(_) | Part::Data(_) => Some(None),
    });
    before_picture.flatten()
}

pub(super) fn strip(file: &[u8]) -> Option<Stripped<'_>> {
    let mut stripped = Stripped::new();
    let mut parts = Parts::new(file);
    let mut before_exif = true;
    let mut profile = Vec::new();
    loop {
        match parts.next()? {
            Part::End(whole) => {
                stripped.keep(whole);
                hide_in_profile(&mut stripped, profile);
                return Some(stripped);
            }
            Part::Marker(whole) | Part::Data(whole) => stripped.keep(whole),
            Part::Segment(marker, content, whole) => match marker {
                APP0 if content.starts_with(b"JFIF\0") => {
                    // JFIF may carry a preview, which may show what was cut away.
                    let mut short = content.get(..JFIF).unwrap_or(content).to_vec();
                    if let Some(size) = short.get_mut(12..) {
                        size.fill(0);
                    }
                    stripped.keep_short(whole, content, APP0, &short);
                }
                APP2 if content.starts_with(PROFILE) => {
                    profile.push((stripped.keep_for_now(whole), content));
                }
                APP14 if content.starts_with(b"Adobe") => {
                    let short = content.get(..ADOBE).unwrap_or(content);
                    stripped.keep_short(whole, content, APP14, short);
                }
                START_OF_SCAN => {
                    before_exif = false;
                    stripped.keep(whole);
                }
                // Frames, tables, restart interval, number of lines.
                0xc0..=0xcf | 0xdb..=0xdf => stripped.keep(whole),
                _ if before_exif => {
                    if let Some(exif) = turning(marker, content) {
                        before_exif = false;
                        if let Some(exif) = only_orientation(exif) {
                            stripped.insert(segment(APP1, &[EXIF, &exif].concat()));
                        }
                    }
                }
                _ => {}
            },
        }
    }
}

impl<'a> Stripped<'a> {
    /// A segment as it is, or what its content is cut to.
    fn keep_short(&mut self, whole: &'a [u8], content: &[u8], marker: u8, short: &[u8]) {
        if content == short {
            self.keep(whole);
        } else {
            self.insert(segment(marker, short));
        }
    }
}

/// Hides in a colour profile, which may be spread over several segments, what is nobody's business.
fn hide_in_profile(stripped: &mut Stripped<'_>, mut segments: Vec<(usize, &[u8])>) {
    // After the name come the segment's number and how many there are.
    const HEAD: usize = PROFILE.len() + 2;
    segments.retain(|(_, content)| content.len() >= HEAD);
    segments.sort_by_key(|(_, content)| content[PROFILE.len()]);
    let whole: Vec<u8> = segments
        .iter()
        .flat_map(|(_, content)| &content[HEAD..])
        .copied()
        .collect();
    let Some(changed) = anonymous(&whole) else {
        return;
    };
    let mut rest = &changed[..];
    for (place, content) in segments {
        let (part, after) = rest.split_at(content.len() - HEAD);
        stripped.replace(place, segment(APP2, &[&content[..HEAD], part].concat()));
        rest = after;
    }
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let mut segment = vec![0xff, marker];
    // No content here is longer than the segment's it replaces.
    let length = u16::try_from(content.len() + 2).unwrap_or(u16::MAX);
    segment.extend(length.to_be_bytes());
    segment.extend(content);
    segment
}
