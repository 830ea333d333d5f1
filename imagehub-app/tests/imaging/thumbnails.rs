//! The four sizes: there, upright, sharp enough, never enlarged.

use image::{DynamicImage, ImageDecoder as _, ImageReader, Rgba, RgbaImage};
use imagehub_app::catalogue::MediaType;
use imagehub_app::imaging::{ImageLimits, Imaging, Thumbnail, ThumbnailSize, fitted};
use std::io::Cursor;

use crate::corpus::{
    FORMATS, animated_gif, animated_webp, encoded, jpeg_with, picture, red_and_blue,
};
use crate::taken;

#[tokio::test]
async fn every_format_gets_four_sizes_of_the_right_shape() {
    for format in FORMATS {
        let taken = taken(&encoded(&picture(1600, 800), format)).await;
        assert_eq!(taken.media_type.as_str(), format.to_mime_type());
        assert_eq!((taken.width, taken.height), (1600, 800));
        let sizes = taken
            .thumbnails
            .each_ref()
            .map(|t| (t.size, t.width, t.height));
        let expected = [
            (ThumbnailSize::S160, 160, 80),
            (ThumbnailSize::S320, 320, 160),
            (ThumbnailSize::S640, 640, 320),
            (ThumbnailSize::S1280, 1280, 640),
        ];
        assert_eq!(sizes, expected);
        for thumbnail in &taken.thumbnails {
            let image = opened(thumbnail);
            assert_eq!(
                (image.width(), image.height()),
                (thumbnail.width, thumbnail.height)
            );
            assert_eq!(thumbnail.media_type, MediaType::Jpeg);
        }
    }
}

#[tokio::test]
async fn a_small_image_answers_every_size_and_is_never_enlarged() {
    let taken = taken(&encoded(&picture(200, 10), image::ImageFormat::Png)).await;
    let sizes = taken.thumbnails.each_ref().map(|t| (t.width, t.height));
    assert_eq!(sizes, [(160, 8), (200, 10), (200, 10), (200, 10)]);
}

#[test]
fn a_thread_of_an_image_keeps_a_pixel_of_width() {
    assert_eq!(fitted(16_000, 1, ThumbnailSize::S160), (160, 1));
    assert_eq!(fitted(1, 16_000, ThumbnailSize::S160), (1, 160));
    assert_eq!(fitted(1, 1, ThumbnailSize::S1280), (1, 1));
}

#[tokio::test]
async fn a_photograph_taken_sideways_is_shown_upright() {
    // Exif 6: the camera was turned, the left edge is the top; 8: the other way; 3: upside down.
    let picture = red_and_blue(400, 200);
    let (red, blue) = ([255, 0, 0], [0, 0, 255]);
    for (orientation, size, at_start) in [
        (1, (400, 200), red),
        (2, (400, 200), blue),
        (3, (400, 200), blue),
        (6, (200, 400), red),
        (8, (200, 400), blue),
    ] {
        let taken = taken(&jpeg_with(&picture, orientation, None)).await;
        assert_eq!(
            (taken.width, taken.height),
            size,
            "orientation {orientation}"
        );
        for thumbnail in &taken.thumbnails {
            let image = opened(thumbnail).to_rgb8();
            let (width, height) = image.dimensions();
            assert_eq!(width < height, size.0 < size.1);
            let start = image.get_pixel(width / 8, height / 8).0;
            let alike = start.iter().zip(at_start).all(|(a, b)| a.abs_diff(b) < 40);
            assert!(alike, "orientation {orientation}: {start:?}");
        }
    }
}

#[tokio::test]
async fn what_shines_through_stays_so_and_brings_no_dark_edges() {
    // Invisible pixels are black; in the thumbnail only white may mix with the transparent.
    let pixel = |x: u32, _| {
        if x < 500 {
            Rgba([255; 4])
        } else {
            Rgba([0; 4])
        }
    };
    let image = DynamicImage::ImageRgba8(RgbaImage::from_fn(1001, 100, pixel));
    let taken = taken(&encoded(&image, image::ImageFormat::Png)).await;
    for thumbnail in &taken.thumbnails {
        assert_eq!(thumbnail.media_type, MediaType::Png);
        let image = opened(thumbnail).to_rgba8();
        assert_eq!(image.get_pixel(0, 0).0, [255; 4]);
        assert_eq!(image.get_pixel(image.width() - 1, 0).0[3], 0);
        for pixel in image.pixels().filter(|pixel| pixel.0[3] > 8) {
            assert!(pixel.0[..3].iter().all(|&part| part > 200), "{pixel:?}");
        }
    }
}

#[tokio::test]
async fn grey_and_sixteen_bit_images_are_taken() {
    let image = picture(300, 200);
    for image in [
        DynamicImage::from(image.to_luma8()),
        DynamicImage::from(image.to_luma_alpha8()),
        DynamicImage::from(image.to_luma16()),
        DynamicImage::from(image.to_rgb16()),
        DynamicImage::from(image.to_rgba16()),
    ] {
        let taken = taken(&encoded(&image, image::ImageFormat::Png)).await;
        assert_eq!(opened(&taken.thumbnails[0]).width(), 160);
    }
}

#[tokio::test]
async fn an_animation_is_shown_by_its_first_frame() {
    for file in [animated_gif(5), animated_webp(5)] {
        let taken = taken(&file).await;
        assert_eq!((taken.width, taken.height), (4, 4));
    }
    let taken = taken(&animated_gif(5)).await;
    let first = opened(&taken.thumbnails[0]).to_rgb8();
    assert!(first.pixels().all(|pixel| pixel.0[0] < 20));
}

#[tokio::test]
async fn a_colour_profile_goes_with_the_thumbnails() {
    let mut profile = vec![0; 128];
    profile[16..20].copy_from_slice(b"RGB ");
    let with = taken(&jpeg_with(&picture(400, 200), 1, Some(&profile))).await;
    assert_eq!(profile_of(&with.thumbnails[1]), Some(profile.clone()));

    profile[16..20].copy_from_slice(b"CMYK");
    let unfit = taken(&jpeg_with(&picture(400, 200), 1, Some(&profile))).await;
    assert_eq!(profile_of(&unfit.thumbnails[1]), None);
}

#[tokio::test]
async fn many_at_once_wait_for_each_other_and_all_come_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("staged");
    std::fs::write(&path, encoded(&picture(800, 600), image::ImageFormat::Jpeg)).unwrap();
    let imaging = Imaging::new(ImageLimits::default(), 1, 0);
    let all = futures_util::future::join_all((0..12).map(|_| imaging.ingest(&path))).await;
    for taken in all {
        assert_eq!(taken.unwrap().width, 800);
    }
}

fn opened(thumbnail: &Thumbnail) -> DynamicImage {
    image::load_from_memory(&thumbnail.bytes).unwrap()
}

fn profile_of(thumbnail: &Thumbnail) -> Option<Vec<u8>> {
    let reader = ImageReader::new(Cursor::new(&thumbnail.bytes));
    let mut decoder = reader
        .with_guessed_format()
        .unwrap()
        .into_decoder()
        .unwrap();
    decoder.icc_profile().unwrap()
}
