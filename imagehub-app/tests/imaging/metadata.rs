//! What tells of a person is not served; the picture is, to the last bit.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader};
use imagehub_app::imaging::ImageLimits;

use crate::corpus::{
    FORMATS, animated_gif, animated_webp, checksum, chunk, encoded, jpeg_with, picture,
};
use crate::{ingest_keeping, served, taken};

/// Stands for whatever nobody is to learn: a place, a serial number, a name.
const SECRET: &[u8] = b"N 52 31 12.0288 E 13 24 17.8344 serial 0421337 Ada";

#[tokio::test]
async fn an_image_that_says_nothing_of_anybody_is_served_byte_for_byte() {
    let mut files = FORMATS
        .map(|format| encoded(&picture(90, 60), format))
        .to_vec();
    files.extend([animated_gif(3), animated_webp(3)]);
    files.push(jpeg_with(&picture(90, 60), 6, Some(&[7; 500])));
    for file in files {
        let taken = taken(&file).await;
        assert!(taken.original() == file);
        assert_eq!(taken.bytes, file.len() as u64);
    }
}

#[tokio::test]
async fn what_tells_of_a_person_is_gone_from_every_format_and_the_pixels_are_the_same() {
    for (name, file) in telling() {
        assert!(contains(&file, SECRET), "{name}");
        let taken = taken(&file).await;
        let served = taken.original();
        assert!(!contains(&served, SECRET), "{name}");
        assert!(!contains(&served, b"trailing"), "{name}");
        assert!(pixels(&served) == pixels(&file), "{name}");
        assert_eq!(taken.bytes, served.len() as u64, "{name}");
        assert_eq!(taken.digest, sha256(&served), "{name}");
    }
}

#[tokio::test]
async fn what_was_taken_out_once_leaves_nothing_to_take_out() {
    for (name, file) in telling() {
        let once = served(&file).await;
        assert!(served(&once).await == once, "{name}");
    }
}

#[tokio::test]
async fn a_tenant_may_have_its_pictures_served_with_all_they_say() {
    for (name, file) in telling() {
        let kept = ingest_keeping(&file, ImageLimits::default(), true).await;
        assert!(kept.unwrap().original() == file, "{name}");
    }
}

#[tokio::test]
async fn the_way_a_picture_is_to_be_turned_stays() {
    let turned = |orientation| {
        let jpeg = encoded(&picture(90, 60), ImageFormat::Jpeg);
        with_segment(&jpeg, 0xe1, &[b"Exif\0\0", &exif(orientation)[..]].concat())
    };
    for orientation in 1..=8 {
        let taken = taken(&turned(orientation)).await;
        let sideways = orientation >= 5;
        assert_eq!(taken.width < taken.height, sideways);
        let served = taken.original();
        assert_eq!(orientation_of(&served), orientation);
        assert!(!contains(&served, SECRET));
        assert_eq!(contains(&served, b"Exif"), orientation != 1);
    }
    let png = with_chunk(
        &encoded(&picture(90, 60), ImageFormat::Png),
        b"eXIf",
        &exif(6),
    );
    let webp = with_riff_chunk(&extended_webp(0x08), b"EXIF", &exif(6));
    for file in [png, webp] {
        let taken = taken(&file).await;
        assert_eq!((taken.width, taken.height), (60, 90));
        let served = taken.original();
        assert_eq!(orientation_of(&served), 6);
        assert!(!contains(&served, SECRET));
    }
}

#[tokio::test]
async fn the_colours_a_picture_means_stay() {
    let profile = [9; 3000];
    let jpeg = jpeg_with(&picture(90, 60), 1, Some(&profile));
    let jpeg = with_segment(&jpeg, 0xfe, SECRET);
    let png = encoded(&picture(90, 60), ImageFormat::Png);
    let png = with_chunk(
        &with_chunk(&png, b"gAMA", &45_455_u32.to_be_bytes()),
        b"tEXt",
        SECRET,
    );
    let webp = with_riff_chunk(&extended_webp(0x20), b"ICCP", &profile);
    let webp = with_riff_chunk(&webp, b"XMP ", SECRET);
    for file in [jpeg, webp] {
        assert_eq!(profile_of(&served(&file).await), Some(profile.to_vec()));
    }
    assert!(contains(&served(&png).await, b"gAMA"));
}

#[tokio::test]
async fn an_animation_goes_on_as_often_as_it_did() {
    let looping = [&b"\x21\xff\x0bNETSCAPE2.0\x03\x01"[..], &[5, 0, 0]].concat();
    let gif = with_block(&with_block(&animated_gif(3), &looping), &gif_comment());
    let served = served(&gif).await;
    assert!(contains(&served, &looping));
    assert!(!contains(&served, SECRET));
}

/// Files of every format that say what they should not, in every place there is for it.
fn telling() -> Vec<(&'static str, Vec<u8>)> {
    let jpeg = encoded(&picture(90, 60), ImageFormat::Jpeg);
    let png = encoded(&picture(90, 60), ImageFormat::Png);
    let gif = animated_gif(3);
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat();
    let preview = [b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x11", SECRET, b"."].concat();
    let mut files = vec![
        (
            "Exif",
            with_segment(&jpeg, 0xe1, &[b"Exif\0\0", &exif(1)[..]].concat()),
        ),
        ("XMP", with_segment(&jpeg, 0xe1, &xmp)),
        ("a second Exif", {
            let turned = jpeg_with(&picture(90, 60), 6, None);
            let end = b"\xff\xdb";
            let at = turned.windows(2).position(|two| two == end).unwrap();
            let exif = [b"Exif\0\0", &exif(3)[..]].concat();
            [&turned[..at], &segment(0xe1, &exif), &turned[at..]].concat()
        }),
        (
            "Photoshop",
            with_segment(&jpeg, 0xed, &[b"Photoshop 3.0\0", SECRET].concat()),
        ),
        (
            "previews",
            with_segment(&jpeg, 0xe2, &[b"MPF\0", SECRET].concat()),
        ),
        ("a JFIF preview", with_segment(&jpeg, 0xe0, &preview)),
        ("an application's own", with_segment(&jpeg, 0xeb, SECRET)),
        ("a comment", with_segment(&jpeg, 0xfe, SECRET)),
        ("junk between", [&jpeg[..20], SECRET, &jpeg[20..]].concat()),
        (
            "a second image behind",
            [&jpeg[..], b"trailing", SECRET, &jpeg].concat(),
        ),
        ("behind a PNG", [&png[..], b"trailing", SECRET].concat()),
        ("behind a GIF", [&gif[..], b"trailing", SECRET].concat()),
        (
            "behind a WebP",
            [&extended_webp(0)[..], b"trailing", SECRET].concat(),
        ),
        ("a GIF's comment", with_block(&gif, &gif_comment())),
        ("a GIF's XMP", {
            let mut block = b"\x21\xff\x0bXMP DataXMP".to_vec();
            block.extend(SECRET);
            // The magic trailer: wherever one jumps into it, one comes out at its end.
            block.push(1);
            block.extend((0..=255).rev());
            block.push(0);
            with_block(&gif, &block)
        }),
        (
            "WebP Exif",
            with_riff_chunk(&extended_webp(0x08), b"EXIF", &exif(1)),
        ),
        (
            "WebP XMP",
            with_riff_chunk(&extended_webp(0x04), b"XMP ", SECRET),
        ),
        (
            "a WebP's unknown",
            with_riff_chunk(&extended_webp(0), b"abcd", SECRET),
        ),
        (
            "an animated WebP's",
            with_riff_chunk(&animated_webp(2), b"XMP ", SECRET),
        ),
    ];
    for name in [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"prIv"] {
        files.push(("a PNG's chunk", with_chunk(&png, name, SECRET)));
    }
    files.push(("PNG Exif", with_chunk(&png, b"eXIf", &exif(1))));
    files
}

/// Exif with an orientation, and a GPS directory's worth of what nobody is to learn.
fn exif(orientation: u8) -> Vec<u8> {
    #[rustfmt::skip]
    let mut exif = vec![
        b'I', b'I', 42, 0, 8, 0, 0, 0,
        2, 0,
        0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0,
        // Tag 0x10f, the camera's maker: text that stands at 38.
        0x0f, 0x01, 2, 0, 50, 0, 0, 0, 38, 0, 0, 0,
        0, 0, 0, 0,
    ];
    exif.extend(SECRET);
    exif
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], content].concat()
}

/// A JPEG with one more segment at its beginning.
fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    [&jpeg[..2], &segment(marker, content), &jpeg[2..]].concat()
}

/// A PNG with one more chunk after its header.
fn with_chunk(png: &[u8], name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [name, content].concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let sum = checksum(&named).to_be_bytes();
    [&png[..33], &length, &named, &sum, &png[33..]].concat()
}

/// A GIF with one more block before its trailer.
fn with_block(gif: &[u8], block: &[u8]) -> Vec<u8> {
    let (trailer, before) = gif.split_last().unwrap();
    [before, block, &[*trailer]].concat()
}

fn gif_comment() -> Vec<u8> {
    let length = u8::try_from(SECRET.len()).unwrap();
    [&[0x21, 0xfe, length], SECRET, &[0]].concat()
}

/// A WebP in the container that has room for more.
fn extended_webp(flags: u8) -> Vec<u8> {
    let still = encoded(&picture(90, 60), ImageFormat::WebP);
    let mut content = b"WEBP".to_vec();
    content.extend(chunk(b"VP8X", &[flags | 0x10, 0, 0, 0, 89, 0, 0, 59, 0, 0]));
    content.extend(&still[12..]);
    chunk(b"RIFF", &content)
}

/// A WebP with one more chunk at its end, or a profile where it belongs.
fn with_riff_chunk(webp: &[u8], name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let at = if name == b"ICCP" { 30 } else { webp.len() };
    let content = [&webp[8..at], &chunk(name, content), &webp[at..]].concat();
    chunk(b"RIFF", &content)
}

fn contains(file: &[u8], what: &[u8]) -> bool {
    file.windows(what.len()).any(|window| window == what)
}

fn pixels(file: &[u8]) -> DynamicImage {
    image::load_from_memory(file).unwrap()
}

fn orientation_of(file: &[u8]) -> u8 {
    let reader = ImageReader::new(Cursor::new(file)).with_guessed_format();
    let mut decoder = reader.unwrap().into_decoder().unwrap();
    decoder.orientation().unwrap().to_exif()
}

fn profile_of(file: &[u8]) -> Option<Vec<u8>> {
    let reader = ImageReader::new(Cursor::new(file)).with_guessed_format();
    let mut decoder = reader.unwrap().into_decoder().unwrap();
    decoder.icc_profile().unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
