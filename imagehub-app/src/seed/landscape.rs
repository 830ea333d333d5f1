//! Landscapes painted by arithmetic: always the same ones, and nobody's property.

use image::{ImageFormat, Rgb, RgbImage};

type Colour = [f32; 3];

/// Sky from top to horizon, light, and the hills from far to near.
struct Palette {
    name: &'static str,
    tags: &'static [&'static str],
    sky: [Colour; 3],
    light: Colour,
    hills: [Colour; 2],
}

const PALETTES: [Palette; 8] = [
    Palette {
        name: "Evening over the ridge",
        tags: &["evening", "mountains"],
        sky: [[44., 36., 92.], [214., 94., 112.], [252., 196., 128.]],
        light: [255., 238., 196.],
        hills: [[168., 88., 118.], [34., 22., 52.]],
    },
    Palette {
        name: "First frost",
        tags: &["winter", "morning"],
        sky: [[150., 190., 214.], [206., 224., 230.], [250., 240., 226.]],
        light: [255., 252., 240.],
        hills: [[168., 190., 198.], [44., 74., 88.]],
    },
    Palette {
        name: "Green valley",
        tags: &["summer", "valley"],
        sky: [[92., 170., 206.], [178., 216., 212.], [240., 240., 208.]],
        light: [255., 250., 214.],
        hills: [[146., 188., 142.], [22., 68., 52.]],
    },
    Palette {
        name: "Night at the lake",
        tags: &["night", "lake"],
        sky: [[8., 12., 34.], [24., 38., 82.], [86., 92., 138.]],
        light: [244., 240., 220.],
        hills: [[52., 64., 108.], [8., 12., 28.]],
    },
    Palette {
        name: "Desert noon",
        tags: &["summer", "desert"],
        sky: [[70., 150., 196.], [180., 208., 206.], [248., 226., 178.]],
        light: [255., 250., 226.],
        hills: [[226., 172., 112.], [126., 58., 34.]],
    },
    Palette {
        name: "Rose morning",
        tags: &["morning", "mountains"],
        sky: [[236., 158., 160.], [248., 198., 180.], [254., 236., 212.]],
        light: [255., 248., 236.],
        hills: [[214., 150., 162.], [92., 44., 76.]],
    },
    Palette {
        name: "Northern light",
        tags: &["night", "winter"],
        sky: [[6., 22., 38.], [18., 104., 98.], [120., 216., 166.]],
        light: [214., 255., 226.],
        hills: [[30., 98., 98.], [4., 24., 32.]],
    },
    Palette {
        name: "Thunder passing",
        tags: &["evening", "weather"],
        sky: [[52., 58., 74.], [112., 116., 132.], [222., 190., 150.]],
        light: [255., 230., 186.],
        hills: [[108., 106., 116.], [26., 30., 38.]],
    },
];

/// Width and height, so that the gallery shows how it lays them out.
const SHAPES: [(u32, u32); 5] = [
    (1500, 1000),
    (1000, 1400),
    (1600, 900),
    (1200, 1200),
    (2000, 860),
];

/// How many landscapes there are.
pub const LANDSCAPES: u32 = 24;

/// One landscape.
pub struct Landscape {
    /// Its title.
    pub title: String,
    /// What can be seen on it.
    pub tags: &'static [&'static str],
    /// A JPEG.
    pub jpeg: Vec<u8>,
}

/// Paints the landscape of that number.
pub fn landscape(number: u32) -> Result<Landscape, image::ImageError> {
    let place = number as usize;
    let palette = &PALETTES[place % PALETTES.len()];
    let (width, height) = SHAPES[(place * 3 + place / 5) % SHAPES.len()];
    let round = ["", " II", " III"][place / PALETTES.len() % 3];
    let mut jpeg = std::io::Cursor::new(Vec::new());
    paint(palette, width, height, number).write_to(&mut jpeg, ImageFormat::Jpeg)?;
    Ok(Landscape {
        title: format!("{}{round}", palette.name),
        tags: palette.tags,
        jpeg: jpeg.into_inner(),
    })
}

fn paint(palette: &Palette, width: u32, height: u32, seed: u32) -> RgbImage {
    let (w, h) = (width as f32, height as f32);
    let sun = (
        w * (0.2 + 0.6 * chance(seed, 1)),
        h * (0.18 + 0.3 * chance(seed, 2)),
    );
    let size = w.min(h) * (0.045 + 0.05 * chance(seed, 3));
    let ridges = 4 + seed % 3;
    RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let mut colour = sky(palette, y / (h * 0.78));
        let distance = ((x - sun.0).powi(2) + (y - sun.1).powi(2)).sqrt();
        colour = mix(
            colour,
            palette.light,
            0.55 * (-distance / (size * 4.)).exp(),
        );
        colour = mix(colour, palette.light, (size - distance + 1.).clamp(0., 1.));
        for ridge in 0..ridges {
            let depth = (ridge + 1) as f32 / ridges as f32;
            let crest = h * (0.42 + 0.42 * depth)
                - h * (0.16 - 0.07 * depth)
                    * terrain(x / w * (1.5 + 2. * depth) * (w / h), seed * 7 + ridge);
            let inside = (y - crest + 0.5).clamp(0., 1.);
            let hill = mix(palette.hills[0], palette.hills[1], depth.powf(0.8));
            // Mist gathers at the foot of a hill.
            let foot = ((y - crest) / (h * 0.3)).clamp(0., 1.);
            colour = mix(
                colour,
                mix(hill, palette.sky[2], 0.28 * foot * (1. - depth)),
                inside,
            );
        }
        let grain = (chance(x as u32 ^ (y as u32) << 12, seed) - 0.5) * 3.;
        Rgb(colour.map(|channel| (channel + grain).clamp(0., 255.) as u8))
    })
}

fn sky(palette: &Palette, at: f32) -> Colour {
    let at = at.clamp(0., 1.) * 2.;
    if at < 1. {
        mix(palette.sky[0], palette.sky[1], at)
    } else {
        mix(palette.sky[1], palette.sky[2], at - 1.)
    }
}

/// A sum of waves that do not repeat, about 0 to 1.
fn terrain(x: f32, seed: u32) -> f32 {
    let shift = chance(seed, 9) * 40.;
    let wave = |length: f32, height: f32| ((x + shift) * length).sin() * height;
    0.5 + wave(1.3, 0.3) + wave(2.9, 0.16) + wave(6.1, 0.07) + wave(13.7, 0.035) + wave(29., 0.014)
}

fn mix(one: Colour, other: Colour, share: f32) -> Colour {
    [0, 1, 2].map(|channel| one[channel] + (other[channel] - one[channel]) * share)
}

/// A number from 0 to 1 that only looks like chance.
fn chance(one: u32, other: u32) -> f32 {
    let mut bits = one.wrapping_mul(0x9e37_79b9) ^ other.wrapping_mul(0x85eb_ca6b);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x2c1b_3c6d);
    bits = (bits ^ (bits >> 12)).wrapping_mul(0x297a_2d39);
    (bits ^ (bits >> 15)) as f32 / u32::MAX as f32
}
