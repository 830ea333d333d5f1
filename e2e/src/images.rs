//! Pictures made on the spot: good ones that can be told apart, and bad ones of each kind.

use std::io::Cursor;

use anyhow::{Context, Result};
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

/// Colours of the quadrants of a test picture: top left, top right, bottom left, bottom right.
pub const QUADRANTS: [[u8; 3]; 4] = [[220, 30, 30], [30, 200, 30], [30, 30, 220], [230, 220, 40]];

/// A picture whose quadrants have the four colours, with a speck that makes its bytes unique.
pub fn quadrants(width: u32, height: u32) -> RgbImage {
    let mut picture = RgbImage::from_fn(width, height, |x, y| {
        let index = usize::from(x >= width / 2) + 2 * usize::from(y >= height / 2);
        Rgb(QUADRANTS[index])
    });
    let unique: [u8; 3] = rand::random();
    for x in 0..8.min(width) {
        picture.put_pixel(x, 0, Rgb(unique));
    }
    picture
}

/// A picture of noise: its file is about as large as its pixels.
pub fn noise(width: u32, height: u32) -> RgbImage {
    let mut state: u64 = rand::random::<u64>() | 1;
    RgbImage::from_fn(width, height, |_, _| {
        // Xorshift: any bytes that do not compress will do.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let [r, g, b, ..] = state.to_le_bytes();
        Rgb([r, g, b])
    })
}

/// The picture as a file of this format.
///
/// # Errors
/// When the encoder fails.
pub fn encode(picture: &RgbImage, format: ImageFormat) -> Result<Vec<u8>> {
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(picture.clone()).write_to(&mut file, format)?;
    Ok(file.into_inner())
}

/// A small PNG no one else has.
///
/// # Errors
/// When the encoder fails.
pub fn small_png() -> Result<Vec<u8>> {
    encode(&quadrants(48, 32), ImageFormat::Png)
}

/// A GIF that goes from red to blue and back, ten times a second.
///
/// # Errors
/// When the encoder fails.
pub fn moving_gif(width: u32, height: u32) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    encoder.set_repeat(Repeat::Infinite)?;
    for colour in [[220, 30, 30, 255], [30, 30, 220, 255]] {
        let picture = RgbaImage::from_pixel(width, height, Rgba(colour));
        let delay = Delay::from_numer_denom_ms(100, 1);
        encoder.encode_frame(Frame::from_parts(picture, 0, 0, delay))?;
    }
    drop(encoder);
    Ok(file)
}

/// A JPEG whose Exif says in which of the eight orientations it was taken.
///
/// # Errors
/// When the encoder fails.
pub fn jpeg_taken_sideways(picture: &RgbImage, orientation: u8) -> Result<Vec<u8>> {
    let file = encode(picture, ImageFormat::Jpeg)?;
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let length = u16::try_from(exif.len() + 2)?;
    let (start, rest) = file.split_at_checked(2).context("an empty JPEG")?;
    let mut sideways = start.to_vec();
    sideways.extend([0xff, 0xe1]);
    sideways.extend(length.to_be_bytes());
    sideways.extend(exif);
    sideways.extend(rest);
    Ok(sideways)
}

/// A PNG of about a kilobyte whose header, with a right checksum, announces this size.
pub fn png_announcing(width: u32, height: u32) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &[0x78, 0x9c].repeat(480));
    chunk(&mut file, *b"IEND", &[]);
    file
}

/// The four quadrants' colours as a decoded picture shows them.
pub fn quadrants_of(picture: &RgbImage) -> [[u8; 3]; 4] {
    let (width, height) = picture.dimensions();
    let at = |x: u32, y: u32| picture.get_pixel(x, y).0;
    [
        at(width / 4, height / 4),
        at(width * 3 / 4, height / 4),
        at(width / 4, height * 3 / 4),
        at(width * 3 / 4, height * 3 / 4),
    ]
}

/// Whether two colours look alike after lossy compression.
pub fn alike(one: [u8; 3], other: [u8; 3]) -> bool {
    one.iter().zip(other).all(|(a, b)| a.abs_diff(b) <= 40)
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    file.extend((data.len() as u32).to_be_bytes());
    let body: Vec<u8> = kind.iter().chain(data).copied().collect();
    file.extend(&body);
    file.extend(crc32(&body).to_be_bytes());
}

/// CRC-32 as PNG uses it (ISO 3309), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc: u32, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}
