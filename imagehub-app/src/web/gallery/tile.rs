//! A picture as the pages show it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use imagehub_policy::TenantId;

use crate::blobs::ThumbnailSize;
use crate::domain::{ImageRecord, LinkSecret};
use crate::http::local::encode;
use crate::imaging::fitted;

/// A picture as the pages show it.
pub struct Shown {
    /// Its id.
    pub id: String,
    /// Its title, or something to say instead.
    pub label: String,
    /// Whether its original moves.
    pub animated: bool,
    /// What the pictures from here on have in common, where a list is in groups.
    pub heading: Option<String>,
    /// Its tags.
    pub tags: Vec<TagLink>,
    /// Which of the ratios that the style sheet knows is nearest to its own.
    pub ratio: u32,
    /// Its medium thumbnail's width, so that nothing moves when it arrives.
    pub thumb_width: u32,
    /// Its medium thumbnail's height.
    pub thumb_height: u32,
    /// Its largest thumbnail's width.
    pub large_width: u32,
    /// Its largest thumbnail's height.
    pub large_height: u32,
    /// Its thumbnails, for the browser to choose from.
    pub srcset: String,
    /// How wide its tile is.
    pub tile_sizes: String,
    /// Its average colour, one of 64 that the style sheet knows: there before any script.
    pub colour: u8,
    /// Its ThumbHash in base64, for the script to draw; empty when there is none.
    pub placeholder: String,
    /// Where a click leads.
    pub href: String,
    thumbs: String,
}

/// A tag with the way to all pictures that have it.
pub struct TagLink {
    /// The tag.
    pub name: String,
    /// The gallery with only these pictures.
    pub href: String,
}

impl Shown {
    /// A picture among the tenant's own.
    pub fn new(tenant: &TenantId, image: &ImageRecord) -> Self {
        let url = format!("/t/{tenant}/images/{}", image.id);
        let tags = image.tags.texts().into_iter();
        let tags = tags.map(|tag| TagLink {
            name: tag.to_owned(),
            href: format!("/t/{tenant}?tag={}", encode(tag)),
        });
        Self::at(image, format!("{url}/thumb/"), url, tags.collect())
    }

    /// A picture that a link shows; without its tags, which are the tenant's own.
    pub fn shared(tenant: &TenantId, secret: &LinkSecret, image: &ImageRecord) -> Self {
        let url = format!("/s/{tenant}/{}?image={}", secret.as_str(), image.id);
        Self::at(image, format!("{url}&size="), url, Vec::new())
    }

    fn at(image: &ImageRecord, thumbs: String, href: String, tags: Vec<TagLink>) -> Self {
        let (thumb_width, thumb_height) = fitted(image.width, image.height, ThumbnailSize::S320);
        let (large_width, large_height) = fitted(image.width, image.height, ThumbnailSize::S1280);
        let ratio = ratio_step(f64::from(image.width) / f64::from(image.height.max(1)));
        Self {
            id: image.id.to_string(),
            label: label(image),
            heading: None,
            animated: image.animated,
            tags,
            ratio,
            srcset: srcset(&thumbs, image, ratio),
            tile_sizes: tile_sizes(ratio),
            colour: colour(image.placeholder.bytes()),
            placeholder: STANDARD.encode(image.placeholder.bytes()),
            thumb_width,
            thumb_height,
            large_width,
            large_height,
            href,
            thumbs,
        }
    }

    /// The thumbnails of a picture that is shown alone, up to the largest, which is so wide.
    pub fn large_srcset(&self, width: u32) -> String {
        let largest = format!("{} {width}w", self.thumb(1280));
        if self.srcset.ends_with(&format!(" {width}w")) {
            return self.srcset.clone();
        }
        format!("{}, {largest}", self.srcset)
    }

    /// The URL of a thumbnail.
    pub fn thumb(&self, size: u32) -> String {
        format!("{}{size}", self.thumbs)
    }
}

/// The picture's title, or something to say instead.
pub fn label(image: &ImageRecord) -> String {
    match image.title.as_str() {
        "" => "Untitled picture".to_owned(),
        title => title.to_owned(),
    }
}

/// The narrowest tile's width by its height; each step is 8 % wider, so that less than 4 % of a
/// picture is cut off. What is narrower or wider than all of them is shown whole within its tile.
const NARROWEST: f64 = 0.3;
const STEP: f64 = 1.08;
const WIDEST: u32 = 46;

fn ratio_step(ratio: f64) -> u32 {
    let steps = (ratio / NARROWEST).ln() / STEP.ln();
    steps.round().clamp(0.0, f64::from(WIDEST)) as u32
}

fn ratio_of(step: u32) -> f64 {
    NARROWEST * STEP.powf(f64::from(step))
}

/// Each size with its real width; sizes that would only repeat a small image are left out, and the
/// largest unless the tile is wide enough for it.
fn srcset(thumbs: &str, image: &ImageRecord, ratio: u32) -> String {
    let mut widths = Vec::new();
    let mut parts = Vec::new();
    let wide = (ratio_of(ratio) > 2.5).then_some(ThumbnailSize::S1280);
    for size in [ThumbnailSize::S320, ThumbnailSize::S640]
        .into_iter()
        .chain(wide)
    {
        let (width, _) = fitted(image.width, image.height, size);
        if !widths.contains(&width) {
            widths.push(width);
            parts.push(format!("{thumbs}{} {width}w", size.pixels()));
        }
    }
    parts.join(", ")
}

/// About how wide a tile gets: its share of a row of the gallery, and a quarter more for a row
/// that has room to spare; never more than there is.
fn tile_sizes(ratio: u32) -> String {
    let rem = |row: f64| (ratio_of(ratio) * row * 1.25).ceil();
    format!(
        "(max-width: 40rem) min({}rem, 94vw), min({}rem, 94vw)",
        rem(5.5),
        rem(11.5)
    )
}

/// The hash's average colour with two bits a channel, red first.
fn colour(thumb_hash: &[u8]) -> u8 {
    let Some((red, green, blue)) = average(thumb_hash) else {
        return NEUTRAL;
    };
    let two_bits = |channel: f32| (channel.clamp(0.0, 1.0) * 3.999) as u8;
    two_bits(red) << 4 | two_bits(green) << 2 | two_bits(blue)
}

/// A grey, for pictures without a hash.
const NEUTRAL: u8 = 0b10_10_10;

fn average(thumb_hash: &[u8]) -> Option<(f32, f32, f32)> {
    if thumb_hash.len() < 5 {
        return None;
    }
    let (red, green, blue, alpha) = thumbhash::thumb_hash_to_average_rgba(thumb_hash).ok()?;
    (alpha > 0.5).then_some((red, green, blue))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_is_about_its_ratio_times_the_rows_height_wide() {
        assert_eq!(
            tile_sizes(ratio_step(1.5)),
            "(max-width: 40rem) min(11rem, 94vw), min(22rem, 94vw)"
        );
    }

    #[test]
    fn the_style_sheet_knows_every_ratio() {
        let css = include_str!("../../../static/css/tiles.css");
        for step in 0..=WIDEST {
            let ratio = format!("{:.3}", ratio_of(step));
            let ratio = ratio.trim_start_matches('0').trim_end_matches('0');
            let rule = format!(
                "[data-ratio=\"{step}\"] {{ --r: {}; }}",
                ratio.trim_end_matches('.')
            );
            assert!(css.contains(&rule), "{rule}");
        }
        assert_eq!((ratio_step(0.01), ratio_step(71.0)), (0, WIDEST));
    }

    #[test]
    fn the_colour_is_the_pictures_own() {
        let red = thumbhash::rgba_to_thumb_hash(2, 2, &[250, 8, 8, 255].repeat(4));
        assert_eq!(colour(&red) >> 4, 3);
        assert_eq!(colour(&[]), NEUTRAL);
    }
}
