//! What tells of a person is not served; the picture is, to the last bit.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader};
use imagehub_app::blobs::{Encoding, ThumbnailSize};
use imagehub_app::imaging::ImageLimits;

use crate::corpus::{
    FORMATS, animated_gif, animated_webp, chunk, encoded, jpeg_with, picture, png_chunk, quarters,
};
use crate::private_metadata::{
    ADOBE, SECRET, TAG_AT, device_profile, exif, extended_webp, gif_comment, packed, segment,
    telling, with_block, with_chunk, with_riff_chunk, with_segment,
};
use crate::{Taken, ingest_keeping, served, taken};

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
    let png = with_chunk(&png, b"iCCP", &packed(&profile));
    assert_eq!(profile_of(&served(&png).await), Some(profile.to_vec()));
}

#[tokio::test]
async fn of_a_displays_profile_only_what_tells_it_from_others_goes() {
    let profile = device_profile();
    let shown = profile.len() - SECRET.len();
    let private = profile.len() - SECRET.len()..profile.len();
    for file in [
        jpeg_with(&picture(90, 60), 1, Some(&profile)),
        with_chunk(
            &encoded(&picture(90, 60), ImageFormat::Png),
            b"iCCP",
            &packed(&profile),
        ),
        with_riff_chunk(&extended_webp(0x20), b"ICCP", &profile),
    ] {
        let kept = profile_of(&served(&file).await).unwrap();
        assert_eq!(kept.len(), profile.len());
        assert!(kept[..84] == profile[..84] && kept[100..shown] == profile[100..shown]);
        assert!(kept[private.clone()].iter().all(|&byte| byte == 0));
    }
    // In a JPEG, a long one stands in several segments.
    let mut long = [&profile[..shown], &[b'.'; 200_000], SECRET].concat();
    let place = long.len() - SECRET.len();
    long[TAG_AT + 4..TAG_AT + 8].copy_from_slice(&u32::try_from(place).unwrap().to_be_bytes());
    let kept = profile_of(&served(&jpeg_with(&picture(90, 60), 1, Some(&long))).await).unwrap();
    assert!(kept[100..place] == long[100..place]);
    assert!(kept[place..].iter().all(|&byte| byte == 0));
}

#[tokio::test]
async fn adobes_word_on_the_colours_stays_and_what_stands_behind_it_goes() {
    let grey = encoded(
        &DynamicImage::from(picture(90, 60).to_luma8()),
        ImageFormat::Jpeg,
    );
    let adobe = segment(0xee, ADOBE);
    let told = with_segment(&grey, 0xee, &[ADOBE, SECRET].concat());
    assert!(contains(&served(&told).await, &adobe));
    let silent = with_segment(&grey, 0xee, ADOBE);
    assert!(served(&silent).await == silent);
}

#[tokio::test]
async fn a_picture_is_upright_whatever_its_format_and_wherever_it_says_how_it_is_to_be_turned() {
    let stored = quarters(64, 32);
    let jpeg = encoded(&stored, ImageFormat::Jpeg);
    let png = encoded(&stored, ImageFormat::Png);
    let still = encoded(&stored, ImageFormat::WebP);
    let canvas = chunk(b"VP8X", &[0x18, 0, 0, 0, 63, 0, 0, 31, 0, 0]);
    let webp = chunk(b"RIFF", &[b"WEBP", &canvas[..], &still[12..]].concat());
    // As one reads, of what is red, green, blue and white before it is turned.
    let turned = [
        "RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "BRWG", "WGBR", "GWRB",
    ];
    for (orientation, expected) in (1..).zip(turned) {
        let marked = [b"Exif\0\0", &exif(orientation)[..]].concat();
        let one = with_segment(&jpeg, 0xe1, &marked);
        let other = [b"Exif\0\0", &exif(9 - orientation)[..]].concat();
        // The first one counts; one that says nothing of it does not.
        let two = with_segment(&with_segment(&jpeg, 0xe1, &other), 0xe1, &marked);
        let silent = with_segment(&one, 0xe1, b"Exif\0\0MM\0\x2a\0\0\0\x08\0\0");
        let end = png.len() - 12;
        let behind = [
            &png[..end],
            &png_chunk(b"eXIf", &exif(orientation)),
            &png[end..],
        ]
        .concat();
        for (name, file) in [
            ("JPEG", one),
            ("JPEG with two", two),
            ("JPEG with a silent one", silent),
            ("PNG", with_chunk(&png, b"eXIf", &exif(orientation))),
            ("PNG, behind its pixels", behind),
            ("WebP", with_riff_chunk(&webp, b"EXIF", &exif(orientation))),
            (
                "WebP, as in a JPEG",
                with_riff_chunk(&webp, b"EXIF", &marked),
            ),
        ] {
            let first = taken(&file).await;
            assert_eq!(corners(&first), expected, "{name}, {orientation}");
            let size = if orientation > 4 { (32, 64) } else { (64, 32) };
            assert_eq!((first.width, first.height), size);
            // What is served without its metadata says the same.
            let again = taken(&first.original()).await;
            assert_eq!(corners(&again), expected, "{name}, {orientation}, served");
        }
    }
}

/// The colours of a thumbnail's quarters.
fn corners(taken: &Taken) -> String {
    let image = pixels(&taken.thumbnail(ThumbnailSize::S160, Encoding::Plain)).to_rgb8();
    let (width, height) = image.dimensions();
    let at = |x, y| match image
        .get_pixel(x * width / 4, y * height / 4)
        .0
        .map(|part| part > 128)
    {
        [true, false, false] => 'R',
        [false, true, false] => 'G',
        [false, false, true] => 'B',
        [true, true, true] => 'W',
        _ => '?',
    };
    [at(1, 1), at(3, 1), at(1, 3), at(3, 3)]
        .into_iter()
        .collect()
}

#[tokio::test]
async fn an_animation_goes_on_as_often_as_it_did() {
    let looping = [&b"\x21\xff\x0bNETSCAPE2.0\x03\x01"[..], &[5, 0, 0]].concat();
    let gif = with_block(&with_block(&animated_gif(3), &looping), &gif_comment());
    let served = served(&gif).await;
    assert!(contains(&served, &looping));
    assert!(!contains(&served, SECRET));
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
