//! Pictures made for the tests.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, Frame, ImageEncoder as _, ImageFormat, Rgba, RgbaImage};

pub const FORMATS: [ImageFormat; 4] = [
    ImageFormat::Jpeg,
    ImageFormat::Png,
    ImageFormat::Gif,
    ImageFormat::WebP,
];

/// A picture with gradients and edges, so that no encoder makes next to nothing of it.
pub fn picture(width: u32, height: u32) -> DynamicImage {
    let pixel = |x: u32, y: u32| {
        let edge = if (x / 7 + y / 5).is_multiple_of(2) {
            200
        } else {
            20
        };
        Rgba([edge, (x * 255 / width) as u8, (y * 255 / height) as u8, 255])
    };
    DynamicImage::ImageRgba8(RgbaImage::from_fn(width, height, pixel))
}

pub fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let written = if format == ImageFormat::Jpeg {
        DynamicImage::from(image.to_rgb8()).write_to(&mut bytes, format)
    } else {
        image.write_to(&mut bytes, format)
    };
    written.unwrap();
    bytes.into_inner()
}

/// The left half is red, the right half blue.
pub fn red_and_blue(width: u32, height: u32) -> DynamicImage {
    let pixel = |x: u32, _| {
        if x < width / 2 {
            Rgba([255, 0, 0, 255])
        } else {
            Rgba([0, 0, 255, 255])
        }
    };
    DynamicImage::ImageRgba8(RgbaImage::from_fn(width, height, pixel))
}

/// A JPEG that says (in Exif) how it is to be turned, and which colours it means.
pub fn jpeg_with(image: &DynamicImage, orientation: u8, profile: Option<&[u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    #[rustfmt::skip]
    let exif = [
        b'M', b'M', 0, 42, 0, 0, 0, 8,
        0, 1,
        0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0,
        0, 0, 0, 0,
    ];
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    if let Some(profile) = profile {
        encoder.set_icc_profile(profile.to_vec()).unwrap();
    }
    let image = image.to_rgb8();
    let colour = image::ExtendedColorType::Rgb8;
    encoder
        .write_image(&image, image.width(), image.height(), colour)
        .unwrap();
    bytes
}

pub fn animated_gif(frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for number in 0..frames {
        let shade = Rgba([(number % 256) as u8, 0, 0, 255]);
        let frame = Frame::new(RgbaImage::from_pixel(4, 4, shade));
        encoder.encode_frame(frame).unwrap();
    }
    drop(encoder);
    bytes
}

/// Frames of a still WebP, put into the container of an animation (RFC 9649).
pub fn animated_webp(frames: u32) -> Vec<u8> {
    let still = encoded(&picture(4, 4), ImageFormat::WebP);
    let (_, image) = still.split_at(12);
    let mut frame = vec![0; 16];
    frame[6] = 3;
    frame[9] = 3;
    frame[12] = 100;
    frame.extend(image);

    let mut content = b"WEBP".to_vec();
    content.extend(chunk(b"VP8X", &[0x12, 0, 0, 0, 3, 0, 0, 3, 0, 0]));
    content.extend(chunk(b"ANIM", &[0; 6]));
    for _ in 0..frames {
        content.extend(chunk(b"ANMF", &frame));
    }
    chunk(b"RIFF", &content)
}

pub fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut bytes = name.to_vec();
    bytes.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
    bytes.extend(content);
    if content.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

/// A PNG that claims to be this large, with hardly any data: a decompression bomb's head.
pub fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let honest = encoded(&picture(1, 1), ImageFormat::Png);
    let mut bytes = honest[..16].to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0]);
    bytes.extend(checksum(&bytes[12..]).to_be_bytes());
    bytes.extend(&honest[33..]);
    bytes
}

pub fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for &byte in bytes {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 {
                (sum >> 1) ^ 0xedb8_8320
            } else {
                sum >> 1
            };
        }
    }
    !sum
}

/// A PNG's chunk, with its checksum.
pub fn png_chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [name, content].concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[..], &named, &checksum(&named).to_be_bytes()].concat()
}

/// A PNG whose picture is the first frame of an animation; the others are left empty.
pub fn animated_png(frames: u32) -> Vec<u8> {
    let still = encoded(&picture(4, 4), ImageFormat::Png);
    let mut bytes = still[..33].to_vec();
    bytes.extend(png_chunk(b"acTL", &[frames.to_be_bytes(), [0; 4]].concat()));
    for number in 0..frames {
        let mut control = number.to_be_bytes().to_vec();
        control.extend([0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
        control.extend([0, 1, 0, 10, 0, 0]);
        bytes.extend(png_chunk(b"fcTL", &control));
    }
    bytes.extend(&still[33..]);
    bytes
}

/// Quarters in red, green, blue and white, as one reads.
pub fn quarters(width: u32, height: u32) -> DynamicImage {
    let pixel = |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => Rgba([255, 0, 0, 255]),
        (false, true) => Rgba([0, 255, 0, 255]),
        (true, false) => Rgba([0, 0, 255, 255]),
        (false, false) => Rgba([255; 4]),
    };
    DynamicImage::ImageRgba8(RgbaImage::from_fn(width, height, pixel))
}
