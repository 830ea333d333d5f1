//! When and with what a picture was taken is read before it is removed.

use image::ImageFormat;
use imagehub_app::domain::Camera;
use imagehub_app::imaging::ImageLimits;

use crate::corpus::{animated_gif, encoded, jpeg_with, picture};
use crate::exif_file::{SECRETS, exif, of_a_photograph};
use crate::private_metadata::{extended_webp, with_chunk, with_riff_chunk, with_segment};
use crate::{Taken, ingest_keeping, taken};

/// A picture of each format that can say it, with this Exif.
fn files(exif: &[u8]) -> [(&'static str, Vec<u8>); 4] {
    let [jpeg, png] =
        [ImageFormat::Jpeg, ImageFormat::Png].map(|format| encoded(&picture(90, 60), format));
    let marked = [b"Exif\0\0", exif].concat();
    [
        ("JPEG", with_segment(&jpeg, 0xe1, &marked)),
        ("PNG", with_chunk(&png, b"eXIf", exif)),
        ("WebP", with_riff_chunk(&extended_webp(0x08), b"EXIF", exif)),
        (
            "WebP, as in a JPEG",
            with_riff_chunk(&extended_webp(0x08), b"EXIF", &marked),
        ),
    ]
}

fn expect_the_photograph(taken: &Taken, name: &str) {
    let owned = |text: &str| Some(text.to_owned());
    let camera = Camera {
        make: owned("NIKON CORPORATION"),
        model: owned("NIKON D750"),
        lens: owned("35.0 mm f/1.8"),
        exposure: owned("1/250"),
        aperture: Some(2.8),
        iso: Some(400),
        focal_length: Some(35.0),
    };
    assert_eq!(taken.camera.as_ref(), Some(&camera), "{name}");
    let time = taken.taken_at.map(|time| time.to_string());
    assert_eq!(time.as_deref(), Some("2026-05-01T14:03:22"), "{name}");
    assert_eq!((taken.width, taken.height), (60, 90), "{name}");
}

#[tokio::test]
async fn time_and_camera_are_read_in_every_format_and_then_removed() {
    for big_endian in [true, false] {
        for (name, file) in files(&of_a_photograph(big_endian)) {
            let taken = taken(&file).await;
            expect_the_photograph(&taken, name);
            let served = taken.original();
            for secret in SECRETS.into_iter().chain(["NIKON", "2026:05:01"]) {
                let found = served
                    .windows(secret.len())
                    .any(|at| at == secret.as_bytes());
                assert!(!found, "{name}: {secret}");
            }
        }
    }
}

#[tokio::test]
async fn where_metadata_is_kept_the_same_is_read() {
    for (name, file) in files(&of_a_photograph(true)) {
        let kept = ingest_keeping(&file, ImageLimits::default(), true).await;
        expect_the_photograph(&kept.unwrap(), name);
    }
}

#[tokio::test]
async fn what_says_nothing_of_it_has_neither_time_nor_camera() {
    let silent = files(&exif(true, &[], &[])).map(|(_, file)| file);
    let others = [animated_gif(3), jpeg_with(&picture(90, 60), 6, None)];
    for file in silent.into_iter().chain(others) {
        let taken = taken(&file).await;
        assert_eq!((taken.taken_at, taken.camera), (None, None));
    }
}

#[tokio::test]
async fn a_picture_with_hostile_exif_is_taken_without_it() {
    let pointer = [0x87, 0x69, 0, 4, 0, 0, 0, 1, 0, 0, 0, 8];
    let circle = [b"MM\0\x2a\0\0\0\x08\xff\xff", &pointer.repeat(5_000)[..]].concat();
    let nowhere = b"II\x2a\0\xff\xff\xff\xff".to_vec();
    let photograph = of_a_photograph(true);
    for exif in [circle, nowhere, photograph[..40].to_vec(), Vec::new()] {
        for (name, file) in files(&exif) {
            let taken = taken(&file).await;
            assert_eq!((taken.taken_at, taken.camera), (None, None), "{name}");
        }
    }
}
