//! What is no image, no whole image, or too much of one.

use std::time::Duration;

use image::{DynamicImage, ImageFormat};
use imagehub_app::imaging::{Decoder, ImageLimits, Imaging};

use crate::corpus::{
    FORMATS, animated_gif, animated_png, animated_webp, chunk, encoded, jpeg_with, picture,
    png_claiming,
};
use crate::{Desk, imaging, ingest, refused, taken};

fn usual() -> ImageLimits {
    ImageLimits::default()
}

#[tokio::test]
async fn what_is_no_image_is_an_unsupported_type_whatever_it_is_called() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>";
    let bmp = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0";
    for file in [
        &b""[..],
        b"hello",
        b"\xff\xd8",
        svg,
        bmp,
        b"RIFF\0\0\0\0WAVE",
    ] {
        assert_eq!(refused(file, usual()).await, "unsupported_type");
    }
}

#[tokio::test]
async fn an_image_cut_short_anywhere_is_broken() {
    for format in FORMATS {
        let whole = encoded(&picture(90, 60), format);
        taken(&whole).await;
        // A GIF may lack its last byte, the trailer; a WebP its padding.
        for length in (16..whole.len() - 2).step_by(whole.len() / 40) {
            let code = refused(&whole[..length], usual()).await;
            assert_eq!(
                code,
                "broken_image",
                "{format:?} cut to {length} of {}",
                whole.len()
            );
        }
    }
}

#[tokio::test]
async fn a_jpeg_that_lacks_only_its_end_marker_is_taken_and_served_with_one() {
    let whole = encoded(&picture(90, 60), ImageFormat::Jpeg);
    for lacking in [1, 2] {
        let served = taken(&whole[..whole.len() - lacking]).await.original();
        assert!(served.ends_with(&[0xff, 0xd9]), "without {lacking}");
        assert!(image::load_from_memory(&served).is_ok());
    }
}

#[tokio::test]
async fn a_photograph_that_ends_in_its_preview_is_broken() {
    // The preview within the metadata is a whole JPEG with an end of its own.
    let photograph = jpeg_with(&picture(300, 200), 1, None);
    let preview = jpeg_with(&picture(30, 20), 1, None);
    let mut file = vec![0xff, 0xd8, 0xff, 0xe1];
    let length = u16::try_from(preview.len() + 2).unwrap();
    file.extend(length.to_be_bytes());
    file.extend(&preview);
    file.extend(&photograph[2..photograph.len() / 2]);
    assert_eq!(refused(&file, usual()).await, "broken_image");
}

#[tokio::test]
async fn a_header_that_claims_too_much_is_refused_by_the_header_alone() {
    for (width, height, code) in [
        (50_000, 50_000, "too_many_pixels"),
        (8_000, 5_001, "too_many_pixels"),
        (16_385, 1, "side_too_long"),
        (1, 16_385, "side_too_long"),
    ] {
        let file = png_claiming(width, height);
        assert!(file.len() < 1024);
        assert_eq!(refused(&file, usual()).await, code);
    }
    assert_eq!(refused(&png_claiming(0, 5), usual()).await, "broken_image");
    // Within the limits it is looked at, and found to lack its pixels.
    assert_eq!(
        refused(&png_claiming(8_000, 5_000), usual()).await,
        "broken_image"
    );
}

#[tokio::test]
async fn jpegs_may_have_more_pixels_than_others() {
    let mut limits = usual();
    limits.jpeg_pixels = 5_000;
    limits.pixels = 4_000;
    let image = picture(100, 50);
    ingest(&encoded(&image, ImageFormat::Jpeg), limits.clone())
        .await
        .unwrap();
    for format in &FORMATS[1..] {
        let code = refused(&encoded(&image, *format), limits.clone()).await;
        assert_eq!(code, "too_many_pixels", "{format:?}");
    }
    limits.jpeg_pixels = 4_999;
    let jpeg = encoded(&image, ImageFormat::Jpeg);
    assert_eq!(refused(&jpeg, limits).await, "too_many_pixels");
}

#[tokio::test]
async fn an_animation_has_so_many_frames_and_no_more() {
    taken(&animated_gif(200)).await;
    assert_eq!(
        refused(&animated_gif(201), usual()).await,
        "too_many_frames"
    );
    taken(&animated_png(200)).await;
    assert_eq!(
        refused(&animated_png(201), usual()).await,
        "too_many_frames"
    );
    taken(&animated_webp(200)).await;
    assert_eq!(
        refused(&animated_webp(201), usual()).await,
        "too_many_frames"
    );
}

#[tokio::test]
async fn a_file_has_so_many_bytes_and_no_more() {
    let file = encoded(&picture(20, 20), ImageFormat::Png);
    let mut limits = usual();
    limits.bytes = file.len() as u64;
    ingest(&file, limits.clone()).await.unwrap();
    limits.bytes -= 1;
    assert_eq!(refused(&file, limits).await, "too_large");
}

#[tokio::test]
async fn a_decode_that_needs_too_much_memory_is_refused_before_it_begins() {
    let image = picture(100, 100);
    let deep = encoded(&DynamicImage::from(image.to_rgba16()), ImageFormat::Png);
    let mut limits = usual();
    limits.decode_memory = 8 * 100 * 100 + deep.len() as u64;
    ingest(&deep, limits.clone()).await.unwrap();
    limits.decode_memory -= 1;
    assert_eq!(refused(&deep, limits).await, "decode_limit");
}

#[tokio::test]
async fn a_picture_larger_than_its_container_says_is_broken() {
    let inner = encoded(&picture(400, 300), ImageFormat::WebP);
    let canvas = chunk(b"VP8X", &[0x10, 0, 0, 0, 3, 0, 0, 3, 0, 0]);
    let still = [b"WEBP", &canvas[..], &inner[12..]].concat();
    let frame = [&[0; 6][..], &[3, 0, 0, 3, 0, 0, 100, 0, 0, 0], &inner[12..]].concat();
    let animation = chunk(b"VP8X", &[0x12, 0, 0, 0, 3, 0, 0, 3, 0, 0]);
    let animated = [
        b"WEBP",
        &animation[..],
        &chunk(b"ANIM", &[0; 6]),
        &chunk(b"ANMF", &frame),
    ]
    .concat();
    for file in [still, animated] {
        let desk = Desk::new().await;
        let staged = desk.stage(&chunk(b"RIFF", &file)).await;
        // It is not decoded to find that out.
        let nobody = Imaging::new(usual(), Decoder::at("/nowhere/at/all"), 1, 0);
        let error = nobody.ingest(staged, false).await.unwrap_err();
        assert_eq!(error.code(), "broken_image");
    }
}

#[tokio::test]
async fn a_decode_that_takes_too_long_is_given_up() {
    let mut limits = usual();
    limits.decode_time = Duration::ZERO;
    let file = encoded(&picture(2000, 2000), ImageFormat::Png);
    assert_eq!(refused(&file, limits).await, "decode_limit");
}

#[tokio::test]
async fn a_staged_file_that_is_gone_is_not_the_uploads_fault() {
    let desk = Desk::new().await;
    let staged = desk.stage(&encoded(&picture(9, 9), ImageFormat::Png)).await;
    std::fs::remove_file(staged.path()).unwrap();
    let error = imaging(usual()).ingest(staged, false).await.unwrap_err();
    assert_eq!(error.code(), "unavailable");
}

#[tokio::test]
async fn damage_anywhere_is_answered_and_never_a_panic() {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap()
    };
    let mut files = FORMATS
        .map(|format| encoded(&picture(40, 30), format))
        .to_vec();
    files.extend([animated_gif(3), animated_webp(3)]);
    for file in &files {
        for _ in 0..40 {
            let mut damaged = file.clone();
            for _ in 0..=next(3) {
                let place = next(damaged.len());
                damaged[place] = u8::try_from(next(256)).unwrap();
            }
            if let Err(error) = ingest(&damaged, usual()).await {
                assert_ne!(error.code(), "unavailable");
            }
        }
    }
}
